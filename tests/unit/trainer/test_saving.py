"""Saving beside the training: what is written, who waits, what is raised."""

import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from trainer.checkpoint import Checkpoints
from trainer.errors import CannotSave
from trainer.saving import Saver, copied


def state(step: int) -> dict[str, Any]:
    """What a training of so many steps saves."""
    shape, classes = [1, 8, 8], ["a", "b"]
    return {"model": {"w": torch.full((3,), step)}, "progress": {"step": step}, "classes": classes, "shape": shape}


class Slow(Checkpoints):
    """Writes when it may, and notes what."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.may = threading.Event()
        self.written: list[tuple[str, int]] = []
        self.best_was_there = False

    def save(self, name: str, state: dict[str, Any], about: dict[str, Any]) -> None:
        """As the real one, later."""
        assert self.may.wait(60)
        self.best_was_there = (self.folder / "best.json").exists()
        self.written.append((name, about["step"]))
        super().save(name, state, about)


def newest(folder: Path) -> dict[str, Any]:
    """What a new start goes on from."""
    found = Checkpoints(folder).newest()
    assert found is not None
    return found


def test_what_is_saved_is_the_state_at_the_call_whatever_the_next_step_does(tmp_path: Path) -> None:
    slow, now = Slow(tmp_path), state(1)
    with Saver(slow) as saver:
        saver.save(now, {"step": 1})
        assert slow.written == []
        now["model"]["w"] += 1
        now["progress"]["step"] = 2
        slow.may.set()
    found = newest(tmp_path)
    assert (found["model"]["w"].tolist(), found["progress"]) == ([1, 1, 1], {"step": 1})


def test_one_save_after_the_other(tmp_path: Path) -> None:
    slow = Slow(tmp_path)
    with Saver(slow) as saver:
        saver.save(state(1), {"step": 1})
        second = threading.Thread(target=saver.save, args=(state(2), {"step": 2}))
        second.start()
        assert slow.written == []
        slow.may.set()
        second.join()
        saver.wait()
        assert slow.written == [("last", 1), ("last", 2)]
        assert [one.step for one in saver.finished] == [1, 2]


def test_the_best_is_on_the_disk_before_the_last_that_speaks_of_it(tmp_path: Path) -> None:
    slow = Slow(tmp_path)
    with Saver(slow) as saver:
        saver.save(state(1), {"step": 1, "accuracy": 0.5}, best=True)
        slow.may.set()
        saver.wait()
    assert slow.best_was_there
    found = slow.weights()
    assert found is not None
    assert found[0].step == 1


def test_the_same_progress_is_not_written_twice(tmp_path: Path) -> None:
    slow = Slow(tmp_path)
    slow.may.set()
    with Saver(slow) as saver:
        for _ in range(3):
            saver.save(state(1), {"step": 1})
        saver.wait()
    assert slow.written == [("last", 1)]


def test_what_went_wrong_is_raised_by_whatever_comes_next(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file where the folder should be")
    with Saver(Checkpoints(tmp_path / "checkpoints")) as saver:
        saver.save(state(1), {"step": 1})
        told = r"^cannot save .*/checkpoints/last\.pt: (File exists|Not a directory); what was saved before stays$"
        for call in (saver.wait, saver.check, lambda: saver.save(state(2), {"step": 2})):
            with pytest.raises(CannotSave, match=told):
                call()


def test_a_copy_has_the_same_strides_and_only_what_is_seen_of_a_view() -> None:
    image = torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last)
    whole = torch.arange(1000)
    copy = copied({"image": image, "views": [whole[:2], (whole[5:6],)], "text": "a"})
    assert copy["image"].stride() == image.stride()
    assert copy["image"].data_ptr() != image.data_ptr()
    assert copy["views"][0].untyped_storage().nbytes() == 16
    assert (copy["views"][1][0].tolist(), copy["text"]) == ([5], "a")
