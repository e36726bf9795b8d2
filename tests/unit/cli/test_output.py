import time

import pytest

from trainferry.cli import output
from trainferry.errors import BadInput

ROWS = [{"name": "base", "gpu": ""}, {"name": "a\x1b[31mb", "gpu": "1 l4"}]


def test_a_table_looks_like_kubectl_and_shows_no_escapes() -> None:
    assert output.table(ROWS, ("name", "gpu")) == "NAME      GPU\nbase      -\na?[31mb   1 l4"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KiB"), (5 << 40, "5,120.0 GiB")]
)
def test_sizes_are_for_people(count: int, text: str) -> None:
    assert output.size(count) == text


@pytest.mark.parametrize(("ago", "text"), [(5, "5s"), (119, "119s"), (120, "2m"), (7200, "2h"), (200000, "2d")])
def test_ages_are_kubectls(ago: int, text: str) -> None:
    assert output.age(time.time() - ago) == text


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match="-o csv: expected one of json, yaml, name, wide"):
        output.check_format("csv")


@pytest.mark.parametrize(("number", "text"), [(1, "1 file"), (0, "0 files"), (60000, "60,000 files")])
def test_one_is_not_many(number: int, text: str) -> None:
    assert output.count(number, "file") == text
