"""Checkpoints that are whole or not there."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from trainer.checkpoint import Checkpoints
from trainer.files import replace_whole, write_whole


def state(step: int) -> dict[str, object]:
    """What a training of so many steps saves."""
    shape, classes = [1, 8, 8], ["a", "b"]
    return {"model": {"w": torch.full((3,), step)}, "progress": {"step": step}, "classes": classes, "shape": shape}


def test_the_newest_is_the_one_with_the_most_steps(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.newest() is None
    checkpoints.save_best(state(10), {"step": 10})
    checkpoints.save("last", state(20), {"step": 20})
    newest = checkpoints.newest()
    assert newest is not None
    assert newest["progress"] == {"step": 20}


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half of", "flip"])
def test_a_damaged_last_gives_way_to_the_best(tmp_path: Path, damage: bytes | str) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_best(state(10), {"step": 10})
    checkpoints.save("last", state(20), {"step": 20})
    path = tmp_path / "last.pt"
    content = path.read_bytes()
    at = content.index(torch.full((3,), 20).numpy().tobytes())
    flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    path.write_bytes(flipped if damage == "flip" else damage)
    newest = checkpoints.newest()
    assert newest is not None
    assert newest["progress"] == {"step": 10}


def test_the_best_weights_are_there_as_safetensors_and_the_json_says_what_it_is(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save_best(state(10), {"step": 10, "accuracy": 0.5})
    assert load_file(tmp_path / "best.safetensors")["w"].tolist() == [10, 10, 10]
    assert json.loads((tmp_path / "best.json").read_text()) == {"file": "best.pt", "step": 10, "accuracy": 0.5}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.json", "best.pt", "best.safetensors"]


def test_a_write_that_fails_halfway_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fails(file: object) -> None:
        file.write(b"half of")  # type: ignore[attr-defined]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        replace_whole(path, fails)
    assert path.read_bytes() == b"old"
