"""Flags that are understood, and flags that are not."""

import json
from pathlib import Path

import pytest

from trainer.config import from_flags
from trainer.errors import BadFlags


def test_the_folders_of_a_run_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRY_DATA", "/in")
    monkeypatch.setenv("FERRY_OUTPUT", "/out")
    config = from_flags([])
    assert (config.data, config.output) == ("/in", Path("/out"))


def test_without_a_run_they_are_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FERRY_DATA", raising=False)
    monkeypatch.delenv("FERRY_OUTPUT", raising=False)
    config = from_flags([])
    assert (config.data, config.output) == ("data", Path("output"))


def test_class_weights_may_be_many_and_the_last_of_a_name_counts() -> None:
    config = from_flags(["--class-weight", "shirt=3", "--class-weight", "a=b=0.5", "--class-weight", "shirt=2"])
    assert config.class_weight == (("shirt", 2.0), ("a=b", 0.5))


def test_config_json_says_what_was_understood(tmp_path: Path) -> None:
    from_flags(["--data", "d", "--output", str(tmp_path), "--class-weight", "shirt=3", "--no-flip"]).save()
    assert json.loads((tmp_path / "config.json").read_text()) == {
        "data": "d",
        "output": str(tmp_path),
        "epochs": 8,
        "batch_size": 256,
        "lr": 0.2,
        "seed": 0,
        "size": 0,
        "val_fraction": 0.1,
        "save_every": 100,
        "class_weight": {"shirt": 3.0},
        "flip": False,
        "device": "auto",
        "threads": 0,
        "max_steps": 0,
    }


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--epochs", "0"], "argument --epochs: 0 is not a whole number of 1 or more"),
        (["--epochs", "many"], "argument --epochs: many is not a whole number of 1 or more"),
        (["--size", "7"], "argument --size: 7 is not a whole number of 8 or more"),
        (["--lr", "-1"], "argument --lr: -1 is not a number above 0"),
        (["--lr", "fast"], "argument --lr: fast is not a number above 0"),
        (["--val-fraction", "1"], "argument --val-fraction: 1 is not a number between 0 and 1"),
        (["--class-weight", "shirt"], "argument --class-weight: shirt is not NAME=NUMBER, for example shirt=3"),
        (["--class-weight", "shirt=inf"], "argument --class-weight: inf is not a number above 0"),
        (["--device", "tpu"], "argument --device: invalid choice: 'tpu' (choose from 'auto', 'cpu', 'cuda')"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_a_flag_that_cannot_be_is_named(flags: list[str], said: str) -> None:
    with pytest.raises(BadFlags) as error:
        from_flags(flags)
    assert str(error.value) == f"{said} (python -m trainer --help lists the flags)"
