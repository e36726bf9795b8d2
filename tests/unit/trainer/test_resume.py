"""What a new start says about what it found, and what it takes for the best."""

import json
from pathlib import Path

import pytest

from tests.unit.trainer.pictures import data_set
from trainer.checkpoint import Checkpoints
from trainer.config import Config
from trainer.resume import resume
from trainer.training import Training


def training(folder: Path, steps: int = 0, best: tuple[int, float] = (0, -1.0)) -> Training:
    """A training of 5 steps an epoch after some of them, evaluated after each epoch."""
    made = Training(Config("", folder, model="small", epochs=3, batch_size=32), data_set())
    for _ in range(steps):
        made.step()
    made.progress.evaluated = steps - steps % 5
    made.progress.best_step, made.progress.best_accuracy = best
    return made


def saved(folder: Path, steps: int, best: tuple[int, float], as_best: bool = False) -> Training:
    """Save a training in this folder, as the last or as the best."""
    made, checkpoints = training(folder, steps, best), Checkpoints(folder)
    about = {"step": steps, "accuracy": best[1], "best_step": best[0]}
    if as_best:
        checkpoints.save_best(made.state_dict(), about)
    else:
        checkpoints.save("last", made.state_dict(), about)
    return made


def resumed(folder: Path) -> Training:
    """A new start in this folder."""
    made = training(folder)
    resume(made, Checkpoints(folder))
    return made


def test_an_empty_folder_is_a_beginning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert resumed(tmp_path).progress.step == 0
    assert capsys.readouterr().out == ""


def test_it_goes_on_from_the_last_and_its_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path, 5, (5, 0.5), as_best=True)
    last = saved(tmp_path, 7, (5, 0.5))
    assert resumed(tmp_path).progress == last.progress
    assert capsys.readouterr().out == "resumed at step 7 of 15\n"


def test_a_best_that_was_saved_after_the_last_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path, 7, (5, 0.5))
    saved(tmp_path, 10, (10, 0.75), as_best=True)
    (tmp_path / "best.pt").unlink()
    progress = resumed(tmp_path).progress
    assert (progress.step, progress.best_step, progress.best_accuracy) == (7, 10, 0.75)
    assert "resumed at step 7 of 15\n" in capsys.readouterr().out


def test_a_best_that_is_gone_is_said_and_the_weights_at_hand_are_evaluated_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path, 10, (5, 0.5))
    made = resumed(tmp_path)
    assert made.must_evaluate
    assert (made.progress.best_step, made.progress.best_accuracy) == (0, -1.0)
    assert capsys.readouterr().out == (
        "resumed at step 10 of 15\ncheckpoints: the best weights were of step 5, and are not there whole\n"
    )


def test_an_older_best_is_said_and_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path, 5, (5, 0.5), as_best=True)
    saved(tmp_path, 12, (10, 0.75))
    made = resumed(tmp_path)
    assert not made.must_evaluate
    assert (made.progress.best_step, made.progress.best_accuracy) == (5, 0.5)
    told = "checkpoints: the best weights were of step 10, those of step 5 are the best that is there"
    assert capsys.readouterr().out == f"resumed at step 12 of 15\n{told}\n"


def test_when_nothing_can_be_used_it_begins_anew_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path, 5, (5, 0.5))
    (tmp_path / "last.pt").write_bytes(b"half of")
    assert resumed(tmp_path).progress.step == 0
    damaged, anew = capsys.readouterr().out.splitlines()
    assert damaged.startswith("checkpoints: last.pt is damaged: ")
    assert anew == "no checkpoint can be used: from the beginning"
    assert json.loads((tmp_path / "last.json").read_text())["step"] == 5
