"""Checkpoints that are whole or not there, and that say when they are not what was written."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from trainer import manifest
from trainer.checkpoint import Checkpoints
from trainer.files import replace_whole, write_whole
from trainer.manifest import Damaged, Manifest


def state(step: int) -> dict[str, Any]:
    """What a training of so many steps saves."""
    shape, classes = [1, 8, 8], ["a", "b"]
    return {"model": {"w": torch.full((3,), step)}, "progress": {"step": step}, "classes": classes, "shape": shape}


def saved(folder: Path, *steps: int, best: int = 0, keep: int = 2) -> Checkpoints:
    """A folder in which a training saved at these steps, and as best at one of them."""
    checkpoints = Checkpoints(folder, keep)
    for step in steps:
        if step == best:
            checkpoints.save_best(state(step), {"step": step, "accuracy": 0.5})
        checkpoints.save("last", state(step), {"step": step, "accuracy": 0.5})
    return checkpoints


def newest(folder: Path) -> tuple[int | None, list[str]]:
    """What a new start finds, and what it has to say."""
    checkpoints = Checkpoints(folder)
    found = checkpoints.newest()
    return (found["progress"]["step"] if found else None), checkpoints.said


def flip(path: Path, at: int) -> None:
    """Change one bit."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_the_newest_is_the_one_with_the_most_steps(tmp_path: Path) -> None:
    assert newest(tmp_path) == (None, [])
    saved(tmp_path, 10, 20, best=10)
    assert newest(tmp_path) == (20, [])
    saved(tmp_path, 30, best=30)
    (tmp_path / "last.pt").unlink()
    assert newest(tmp_path) == (30, ["last.pt is missing"])


def test_the_last_ones_before_are_kept_by_their_numbers(tmp_path: Path) -> None:
    saved(tmp_path, 8, 9, 10, 100, keep=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("last.json", "last.pt", "step-10.json", "step-10.pt", "step-9.json", "step-9.pt"),
    ]
    assert manifest.read(tmp_path / "step-10.json").sha256("step-10.pt") == sha256(tmp_path / "step-10.pt")


def test_a_future_that_was_given_up_goes(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20, 30)
    flip(tmp_path / "last.pt", 300)
    flip(tmp_path / "step-20.pt", 300)
    saved(tmp_path, 15, 16)
    assert sorted(path.stem for path in tmp_path.glob("*.pt")) == ["last", "step-15"]


def test_a_damaged_last_is_no_previous_one_of_the_next(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20)
    flip(tmp_path / "last.pt", 300)
    saved(tmp_path, 15)
    assert sorted(path.stem for path in tmp_path.glob("*.pt")) == ["last", "step-10"]


@pytest.mark.parametrize("damage", ["flip", b"", b"PK\x03\x04 half of", None])
def test_when_the_last_is_damaged_the_one_before_is_used_and_it_is_said(
    tmp_path: Path, damage: bytes | str | None
) -> None:
    saved(tmp_path, 10, 20)
    path = tmp_path / "last.pt"
    if isinstance(damage, str):
        flip(path, path.read_bytes().index(torch.full((3,), 20).numpy().tobytes()))
    elif damage is not None:
        path.write_bytes(damage)
    else:
        path.unlink()
    step, said = newest(tmp_path)
    assert step == 10
    assert [line[:11] for line in said] == ["last.pt is "]


@pytest.mark.parametrize(("best", "on_disk"), [(0, {"step": 20}), (30, None)])
def test_what_is_on_disk_as_the_last_is_known(tmp_path: Path, best: int, on_disk: dict[str, int] | None) -> None:
    checkpoints = saved(tmp_path, 10, 20)
    if best:
        checkpoints.save_best(state(best), {"step": best})
    checkpoints.newest()
    assert checkpoints.on_disk == on_disk


def test_all_of_the_last_can_be_gone(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20)
    for name in ("last.pt", "last.json"):
        (tmp_path / name).unlink()
    assert newest(tmp_path) == (10, ["last.pt is missing"])


def test_a_save_that_was_cut_off_before_its_json_counts(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20)
    before = (tmp_path / "last.json").read_bytes()
    saved(tmp_path, 30)
    (tmp_path / "last.json").write_bytes(before)
    assert newest(tmp_path) == (30, ["last.pt has 30 steps, not the 20 of last.json, and is whole"])
    (tmp_path / "last.json").unlink()
    assert newest(tmp_path) == (30, ["last.json is missing; last.pt itself is whole"])


@pytest.mark.parametrize("kept", ["last.pt", "step-20.pt"])
def test_a_kill_while_the_last_gets_its_number_is_no_damage(tmp_path: Path, kept: str) -> None:
    saved(tmp_path, 20)
    told = manifest.read(tmp_path / "last.json").of("last", "step-20")
    (tmp_path / "step-20.json").write_bytes(told.content())
    (tmp_path / "last.pt").rename(tmp_path / kept)
    assert newest(tmp_path) == (20, [])


def test_checkpoints_that_changed_places_are_found_and_said(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20)
    (tmp_path / "last.pt").rename(tmp_path / "x")
    (tmp_path / "step-10.pt").rename(tmp_path / "last.pt")
    (tmp_path / "x").rename(tmp_path / "step-10.pt")
    assert newest(tmp_path)[1][0] == "last.pt has 10 steps, not the 20 of last.json, and is whole"


def test_a_json_with_any_other_bit_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "last.json"
    content = Manifest({"step": 10}, {"last.pt": {"bytes": 1, "sha256": "0"}}).content()
    for at in range(0, len(content) * 8, 5):  # every byte, each time another bit
        changed = bytearray(content)
        changed[at // 8] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(Damaged, match=r"^last\.json is damaged$"):
            manifest.read(path)
    path.write_bytes(content)
    assert manifest.read(path).step == 10


def test_the_best_weights_are_there_as_safetensors_and_the_json_says_what_it_is(tmp_path: Path) -> None:
    saved(tmp_path, 10, best=10)
    assert load_file(tmp_path / "best.safetensors")["w"].tolist() == [10, 10, 10]
    told = json.loads((tmp_path / "best.json").read_text())
    assert {key: told[key] for key in ("step", "accuracy")} == {"step": 10, "accuracy": 0.5}
    assert told["files"] == {
        name: {"bytes": (tmp_path / name).stat().st_size, "sha256": sha256(tmp_path / name)}
        for name in ("best.pt", "best.safetensors")
    }


@pytest.mark.parametrize("damaged", ["best.safetensors", "best.pt"])
def test_one_of_the_two_files_is_enough_for_the_best_weights(tmp_path: Path, damaged: str) -> None:
    checkpoints = saved(tmp_path, 10, best=10)
    flip(tmp_path / damaged, 100)
    found = checkpoints.weights()
    assert found is not None
    assert (found[0].step, found[1]["w"].tolist()) == (10, [10, 10, 10])
    assert checkpoints.said == (["best.safetensors is damaged or missing"] if damaged == "best.safetensors" else [])
    (tmp_path / "best.json").unlink()
    assert checkpoints.weights() is None


@pytest.mark.parametrize("renamed", [(), ("best.pt",), ("best.pt", "best.safetensors")])
def test_a_save_that_a_kill_cut_off_between_its_renames_is_finished(tmp_path: Path, renamed: tuple[str, ...]) -> None:
    saved(tmp_path / "before", 10, 20, best=10)
    saved(tmp_path / "after", 10, 20, best=20)
    cut_off = tmp_path / "before"
    for name in ("best.pt", "best.safetensors", "best.json"):
        content = (tmp_path / "after" / name).read_bytes()
        (cut_off / (name if name in renamed else f".{name}.tmp")).write_bytes(content)
    Checkpoints(cut_off).recover()
    assert contents(cut_off) == contents(tmp_path / "after")


@pytest.mark.parametrize("renamed", [0, 1, 2, 3])
def test_the_last_that_a_kill_cut_off_is_the_last_and_the_one_before_has_its_number(
    tmp_path: Path, renamed: int
) -> None:
    saved(tmp_path / "before", 10, 20)
    saved(tmp_path / "after", 10, 20, 30)
    cut_off = tmp_path / "before"
    for name in ("last.pt", "last.json"):
        (cut_off / f".{name}.tmp").write_bytes((tmp_path / "after" / name).read_bytes())
    told = manifest.read(cut_off / "last.json").of("last", "step-20").content()
    steps: list[Callable[[], object]] = [
        lambda: (cut_off / "step-20.json").write_bytes(told),
        lambda: (cut_off / "last.pt").rename(cut_off / "step-20.pt"),
        lambda: (cut_off / ".last.pt.tmp").rename(cut_off / "last.pt"),
    ]
    for step in steps[:renamed]:
        step()
    Checkpoints(cut_off).recover()
    assert contents(cut_off) == contents(tmp_path / "after")


def test_what_a_kill_left_half_written_goes_with_the_next_save(tmp_path: Path) -> None:
    (tmp_path / ".best.pt.tmp").write_bytes(b"half of")
    saved(tmp_path, 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last.json", "last.pt"]


def test_a_write_that_fails_halfway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fails(file: object) -> None:
        file.write(b"half of")  # type: ignore[attr-defined]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        replace_whole(path, fails)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"old")]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sha256(path: Path) -> str:
    """Of all bytes at path, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
