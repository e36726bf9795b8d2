"""`python -m trainer` as a process: what it leaves, and how it leaves when it is told to."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.unit.trainer.pictures import class_folders, images

ROOT = Path(__file__).parents[3]
FLAGS = ("--epochs", "6", "--batch-size", "32", "--save-every", "3", "--threads", "2", "--device", "cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 training and 40 test images in class folders: 11 steps an epoch."""
    return class_folders(tmp_path_factory.mktemp("data"), {"train": images(400), "test": images(40, 1)})


def start(data: Path | str, output: Path, *flags: str) -> "subprocess.Popen[str]":
    """The trainer as a process of its own."""
    command = [sys.executable, "-m", "trainer", "--data", str(data), "--output", str(output), *FLAGS, *flags]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env=os.environ.copy())


def finished(data: Path | str, output: Path, *flags: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a start that nobody disturbs."""
    with start(data, output, *flags) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def killed(data: Path, output: Path, number: signal.Signals, when: Callable[[str], bool]) -> tuple[int, str]:
    """Exit code and stdout of a start that gets a signal after the first line for which when is true."""
    with start(data, output) as process:
        assert process.stdout is not None
        seen = ""
        for line in process.stdout:
            seen += line
            if when(line):
                process.send_signal(number)
                break
        seen += process.stdout.read()
        return process.wait(timeout=120), seen


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run that nobody disturbed."""
    output = tmp_path_factory.mktemp("whole")
    code, out, err = finished(data, output)
    assert code == 0, err
    (output.parent / "whole.txt").write_text(out)
    return output


def state(output: Path) -> dict[str, Any]:
    """Everything in last.pt."""
    loaded: dict[str, Any] = torch.load(output / "checkpoints" / "last.pt", weights_only=True)
    return loaded


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested dicts and lists as one dict of leaves, tensors as their bytes."""
    if isinstance(value, torch.Tensor):
        return {name: value.contiguous().numpy().tobytes()}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {name: value}
    return {key: leaf for part, inner in items for key, leaf in flat(inner, f"{name}/{part}").items()}


def rows(output: Path) -> list[dict[str, Any]]:
    """metrics.jsonl without the clock."""
    lines = (output / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in ("seconds", "time")} for line in lines]


def same_results(one: Path, other: Path) -> None:
    """Fail unless two outputs are equal to the bit."""
    assert flat(state(one)) == flat(state(other))
    assert rows(one) == rows(other)
    for name in ("predictions.csv", "results.json", "checkpoints/best.safetensors"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_run_leaves_what_it_promises_and_says_how_good_it_is(whole: Path) -> None:
    out = (whole.parent / "whole.txt").read_text()
    found = sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file())
    assert [re.sub(r"tfevents\..*", "tfevents", name) for name in found] == [
        "checkpoints/best.json",
        "checkpoints/best.pt",
        "checkpoints/best.safetensors",
        "checkpoints/last.json",
        "checkpoints/last.pt",
        "checkpoints/step-63.json",
        "checkpoints/step-63.pt",
        "config.json",
        "events.out.tfevents",
        "metrics.jsonl",
        "predictions-validation.csv",
        "predictions-validation.png",
        "predictions.csv",
        "predictions.png",
        "results.json",
    ]
    results = json.loads((whole / "results.json").read_text())
    assert results["test_accuracy"] > 0.9
    assert len(re.findall(r"^epoch \d/6  step ", out, re.MULTILINE)) == 6
    assert out.splitlines()[-1] == f"test accuracy {100 * results['test_accuracy']:.1f} %"
    assert f"worst class: {results['worst']}, " in out


def test_the_best_weights_are_those_of_the_best_validation_accuracy(whole: Path) -> None:
    best = max(rows(whole), key=lambda row: row["accuracy"])
    about = json.loads((whole / "checkpoints" / "best.json").read_text())
    assert (about["step"], about["accuracy"]) == (best["step"], best["accuracy"])
    weights = load_file(whole / "checkpoints" / "best.safetensors")
    saved = torch.load(whole / "checkpoints" / "best.pt", weights_only=True)["model"]
    assert all(torch.equal(weights[name], saved[name]) for name in saved)


def test_tensorboard_shows_a_curve_for_every_class_and_pictures_of_some_evaluations(whole: Path) -> None:
    events = EventAccumulator(str(whole)).Reload()
    steps = {tag: [event.step for event in events.Images(tag)] for tag in events.Tags()["images"]}
    assert steps == {
        "confusion/validation": [11, 22, 44, 66],
        "mistakes/validation": [11, 22, 44, 66],
        "confusion/test": [66],
        "mistakes/test": [66],
    }
    recall = [f"recall/{name}" for name in ("board", "columns", "dim", "rows")]
    saves = ["seconds/save", "seconds/save_waited"]
    tags = ["accuracy/test", "accuracy/validation", "loss/train", "loss/validation", "lr", *recall, *saves]
    assert sorted(events.Tags()["scalars"]) == tags
    assert [event.step for event in events.Scalars("accuracy/validation")] == [row["step"] for row in rows(whole)]


def test_sigterm_saves_exits_75_and_the_next_start_ends_in_the_same_bits(
    data: Path, whole: Path, tmp_path: Path
) -> None:
    code, out = killed(data, tmp_path, signal.SIGTERM, lambda line: line.startswith("epoch 2/"))
    assert code == 75, out
    step = state(tmp_path)["progress"]["step"]
    assert f"saved at step {step} of 66\nstopped as asked; start again to go on\n" in out
    code, out, err = finished(data, tmp_path)
    assert code == 0, err
    assert f"resumed at step {step} of 66\n" in out
    same_results(whole, tmp_path)


def test_after_kill_9_the_next_start_ends_in_the_same_bits(data: Path, whole: Path, tmp_path: Path) -> None:
    code, _ = killed(data, tmp_path, signal.SIGKILL, lambda line: line.startswith("epoch 3/"))
    assert code == -9
    code, out, err = finished(data, tmp_path)
    assert code == 0, err
    resumed = re.search(r"^resumed at step (\d+) of 66$", out, re.MULTILINE)
    assert resumed
    assert int(resumed[1]) >= 30  # the save of step 33 may have been on its way, or the kill late
    same_results(whole, tmp_path)


def test_sigterm_before_there_is_anything_to_save_is_75_too(data: Path, tmp_path: Path) -> None:
    code, out = killed(data, tmp_path, signal.SIGTERM, lambda line: line.startswith("read "))
    assert code == 75, out


def test_a_run_that_is_done_is_not_trained_again(data: Path, whole: Path) -> None:
    before = flat(state(whole)), rows(whole)
    code, out, err = finished(data, whole)
    assert (code, err) == (0, "")
    assert "resumed at step 66 of 66\n" in out
    assert "epoch" not in out
    assert (flat(state(whole)), rows(whole)) == before


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--epochs", "0"), 64, "argument --epochs: 0 is not a whole number of 1 or more"),
        (("--class-weight", "cat=2"), 64, "--class-weight cat: no such class; there are board, columns, dim, rows"),
        (("--data", "/no/where"), 66, "--data /no/where: no such folder"),
    ],
)
def test_what_cannot_be_is_one_line_and_an_exit_code_that_is_not_retried(
    data: Path, tmp_path: Path, flags: tuple[str, ...], code: int, said: str
) -> None:
    ended, _, err = finished(data, tmp_path, *flags)
    assert (ended, err.count("\n")) == (code, 1), err
    assert err.startswith(f"trainer: {said}")
    assert not (tmp_path / "checkpoints").exists()


def test_an_output_of_another_training_is_refused(whole: Path) -> None:
    code, _, err = finished("digits", whole)
    assert (code, err.count("\n")) == (65, 1), err
    assert err.startswith(f"trainer: {whole} holds a training with classes ['board', 'columns', 'dim', 'rows']")
