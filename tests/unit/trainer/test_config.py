"""Flags that are understood, and flags that are not."""

import json
from pathlib import Path

import pytest

from trainer.config import Config, from_flags
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
        "model": "medium",
        "epochs": 8,
        "batch_size": 256,
        "lr": 0.2,
        "seed": 0,
        "size": 0,
        "val_fraction": 0.1,
        "save_every": 100,
        "keep": 2,
        "class_weight": {"shirt": 3.0},
        "class_weights_mode": "adaptive",
        "flip": False,
        "device": "auto",
        "threads": 0,
        "max_steps": 0,
    }


def test_class_weights_are_json_too_and_a_run_gives_them_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRY_CLASS_WEIGHTS", '{"shirt": 3.0, "bag": 2}')
    monkeypatch.setenv("FERRY_CLASS_WEIGHTS_MODE", "plain")
    config = from_flags(["--class-weights", '{"bag": 0.5}'])
    assert config.class_weight == (("shirt", 3.0), ("bag", 0.5))
    assert config.class_weights_mode == "plain"
    monkeypatch.setenv("FERRY_CLASS_WEIGHTS", "{}")
    assert from_flags([]).class_weight == ()


def test_a_file_says_flags_the_environment_counts_more_and_the_command_line_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FERRY_OUTPUT", "/out")
    monkeypatch.delenv("FERRY_DATA", raising=False)
    file = tmp_path / "small.toml"
    file.write_text(
        'data = "digits"\noutput = "/elsewhere"\nmodel = "small"\nepochs = 3\nbatch-size = 64\nflip = false\n'
        "[class_weight]\nshirt = 3\n'a=b' = 2\n"
    )
    assert from_flags(["--config", str(file), "--epochs", "5", "--class-weight", "shirt=4"]) == Config(
        data="digits",
        output=Path("/out"),
        model="small",
        epochs=5,
        batch_size=64,
        class_weight=(("shirt", 4.0), ("a=b", 2.0)),
        flip=False,
    )


def test_the_config_of_a_run_is_such_a_file(tmp_path: Path) -> None:
    config = from_flags(["--output", str(tmp_path), "--model", "large", "--class-weight", "shirt=3", "--threads", "2"])
    config.save()
    assert from_flags(["--config", str(tmp_path / "config.json")]) == config


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "epochs = 0",
            "argument --epochs: 0 is not a whole number of 1 or more (python -m trainer --help lists the flags)",
        ),
        ("colour = true", "unrecognized arguments: --colour (python -m trainer --help lists the flags)"),
        ('config = "other.toml"', "config is nothing for a file"),
        ("epochs: 3", "Expected '=' after a key in a key/value pair (at line 1, column 7)"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadFlags) as error:
        from_flags(["--config", str(file)])
    assert str(error.value) == f"--config {file}: {said}"


def test_a_model_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(BadFlags, match=r"^--model big: there are small, medium, large and torchvision:NAME$"):
        from_flags(["--model", "big"])


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
        (["--class-weights", "shirt=3"], 'argument --class-weights: shirt=3 is not JSON like {"shirt": 3}'),
        (["--class-weights", '{"shirt": 0}'], "argument --class-weights: 0 is not a number above 0"),
        (["--class-weight", "shirt=inf"], "argument --class-weight: inf is not a number above 0"),
        (["--device", "tpu"], "argument --device: invalid choice: 'tpu' (choose from 'auto', 'cpu', 'cuda')"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_a_flag_that_cannot_be_is_named(flags: list[str], said: str) -> None:
    with pytest.raises(BadFlags) as error:
        from_flags(flags)
    assert str(error.value) == f"{said} (python -m trainer --help lists the flags)"
