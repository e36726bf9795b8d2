"""Datasets that several runs of a machine share."""

import os
from pathlib import Path

from trainferry.local.shared_data import SharedData
from trainferry.spec.runspec import DataMount, RunSpec

SPEC = RunSpec("base", ("true",), "file:///store", data=(DataMount("digits", "digits", "ab12"),))


def fetched(home: Path) -> SharedData:
    data = SharedData(home, SPEC)
    assert data.acquire()
    (data.path / "digits" / "cats").mkdir(parents=True)
    (data.path / "digits" / "cats" / "1.png").write_bytes(b"meow")
    (data.path / ".digits.complete").write_text("ab12")
    data.release(fetched=True)
    return data


def test_runs_with_the_same_mounts_share_a_folder_and_others_do_not() -> None:
    home = Path("/home")
    other = SPEC.but(data=(DataMount("digits", "digits", "cd34"),))
    assert SharedData(home, SPEC).path == SharedData(home, SPEC.but(name="again")).path
    assert SharedData(home, SPEC).path != SharedData(home, other).path
    assert SharedData(home, SPEC).path != SharedData(home, SPEC.but(store="gs://bucket")).path


def test_while_one_fetches_the_others_wait(tmp_path: Path) -> None:
    first, second = SharedData(tmp_path, SPEC), SharedData(tmp_path, SPEC)
    assert first.acquire()
    assert not second.acquire()
    first.release(fetched=False)
    assert second.acquire()
    second.release(fetched=False)


def test_complete_data_keeps_nobody_waiting(tmp_path: Path) -> None:
    fetched(tmp_path)
    first, second = SharedData(tmp_path, SPEC), SharedData(tmp_path, SPEC)
    assert first.acquire()
    assert second.acquire()


def test_runs_without_data_do_not_wait_for_each_other(tmp_path: Path) -> None:
    first, second = (SharedData(tmp_path, SPEC.but(data=())) for _ in range(2))
    assert first.acquire()
    assert second.acquire()


def test_fetched_files_are_read_only_and_kept(tmp_path: Path) -> None:
    data = fetched(tmp_path)
    assert os.stat(data.path / "digits/cats/1.png").st_mode & 0o222 == 0
    assert data.acquire()
    assert (data.path / ".digits.complete").read_text() == "ab12"
    data.release(fetched=True)


def test_files_the_command_adds_are_no_damage(tmp_path: Path) -> None:
    data = fetched(tmp_path)
    (data.path / "digits/cache.bin").write_bytes(b"made by the command")
    assert data.acquire()
    assert (data.path / ".digits.complete").exists()
    data.release(fetched=True)


def test_when_a_file_went_missing_all_is_fetched_again(tmp_path: Path) -> None:
    data = fetched(tmp_path)
    (data.path / "digits/cats/1.png").unlink()
    assert data.acquire()
    assert list(data.path.iterdir()) == []
    data.release(fetched=False)
