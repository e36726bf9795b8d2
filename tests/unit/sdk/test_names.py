import pytest

from trainferry.errors import Missing
from trainferry.runs.phases import RunRow
from trainferry.sdk.names import find

ROWS = [
    RunRow("base-4be1a90c", "Succeeded", created=1.0),
    RunRow("base-77aa01d2", "Running", created=3.0),
    RunRow("big-cat-00000001", "Failed", created=2.0),
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", "base-77aa01d2"),
        ("base", "base-77aa01d2"),
        ("base-4be1a90c", "base-4be1a90c"),
        ("base-4b", "base-4be1a90c"),
        ("big-cat", "big-cat-00000001"),
    ],
)
def test_a_short_name_means_the_newest_run_of_it(typed: str, meant: str) -> None:
    assert find(ROWS, typed, "in namespace alice").run == meant


def test_a_notebook_is_no_run_that_is_meant_by_the_latest() -> None:
    opened = RunRow("nb-base-0123abcd", "Running", created=4.0)
    assert [find([*ROWS, opened], name, "").run for name in ("", "nb-base")] == ["base-77aa01d2", opened.run]
    assert find([opened], "", "") == opened


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(Missing) as error:
        find(ROWS, "bse", "in namespace alice")
    assert str(error.value) == 'no run "bse" in namespace alice. Did you mean base-77aa01d2?   ferry get runs'


def test_no_run_at_all_says_how_to_start_one() -> None:
    with pytest.raises(Missing) as error:
        find([], "", "on this machine")
    assert str(error.value) == "no run on this machine   ferry run -- COMMAND"
