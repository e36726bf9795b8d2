"""What two runs were made of."""

from typing import Any

import pytest

from trainferry.runs.recipe import differences, same
from trainferry.runs.record import Record

BASE = {
    "name": "base", "command": ["python", "-m", "trainer", "--lr", "0.1", "--flip", "--seed=1"], "code": "ab" * 32,
    "data": [{"name": "pets", "dataset": "pets", "version": "3f9c2a71" * 8}], "env": {"A": "1"}, "tag": "",
    "resources": {"cpu": "2"},
}  # fmt: skip


def record(**changes: Any) -> Record:
    return Record("base-1", {**BASE, **changes})


def command(*words: str) -> Record:
    return record(command=["python", "-m", "trainer", *words])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "other", "tag": "x", "resources": {"cpu": "8"}},
        {"command": ["python", "-m", "trainer", "--flip", "--lr=0.1", "--seed", "2"]},
        {"command": ["python", "-m", "trainer", "--lr", "0.1", "--flip", "--data-seed", "2"]},
    ],
)
def test_name_machine_seed_and_spelling_make_no_other_recipe(changes: dict[str, Any]) -> None:
    assert same(record(), record(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"command": ["python", "-m", "trainer", "--lr", "0.2", "--flip"]},
        {"code": "cd" * 32},
        {"data": [{"name": "pets", "dataset": "pets", "version": "00" * 32}]},
        {"env": {"A": "2"}},
        {"class_weights": {"cat": 3.0}},
    ],
)
def test_everything_else_does(changes: dict[str, Any]) -> None:
    assert not same(record(), record(**changes))


def test_nobody_knows_what_was_not_written_down() -> None:
    assert not same(None, record())
    assert not same(None, None)
    assert differences(None, record()) == []


def test_differences_are_told_in_words() -> None:
    assert differences(record(), record(tag="x")) == []
    after = record(command=["python", "-m", "trainer", "--lr=0.2", "--seed=1", "--wide"], code="cd" * 32, env={})
    assert differences(record(), after) == [
        "--lr 0.2, was 0.1",
        "--wide",
        "other code",
        "without --flip",
        "without A 1",
    ]
    assert differences(command("a"), command("b")) == ["other command"]
    long = differences(command(), command("--note", "x" * 100))
    assert long == [f"--note {'x' * 57}..."]


def test_class_weights_come_first_and_only_those_that_count() -> None:
    weighted = record(class_weights={"cat": 3.0, "dog": 1.0}, class_weights_mode="adaptive", code="cd" * 32)
    assert differences(record(), weighted) == ["class weights cat 3 (adaptive)", "other code"]
