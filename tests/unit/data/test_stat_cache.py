"""When a file need not be read again, and when it must."""

import os
from pathlib import Path

import pytest

from trainferry.data import scan
from trainferry.data.scan import Hashes
from trainferry.data.stat_cache import MARGIN, StatCache

HASHES = Hashes(1, "2" * 32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/file").write_text("1234")
    return tmp_path / "data"


def remember(folder: Path, later: int = 2 * MARGIN) -> None:
    """As a push does that starts `later` ns after now."""
    cache = StatCache(folder)
    cache.started += later
    cache.save([(file, HASHES) for file in scan.scan(folder)], "v1")


def known(folder: Path) -> Hashes | None:
    return StatCache(folder).known(scan.scan(folder)[0])


def test_an_untouched_file_is_known(folder: Path) -> None:
    remember(folder)
    assert known(folder) == HASHES


def test_a_file_written_just_before_is_not_remembered(folder: Path) -> None:
    remember(folder, later=0)
    assert known(folder) is None


def test_an_untouched_folder_is_its_version(folder: Path) -> None:
    remember(folder)
    assert StatCache(folder).version(scan.scan(folder)) == "v1"


def test_a_file_more_or_less_is_another_version(folder: Path) -> None:
    remember(folder)
    (folder / "more").write_text("5")
    assert StatCache(folder).version(scan.scan(folder)) is None
    (folder / "file").unlink()
    assert StatCache(folder).version(scan.scan(folder)) is None


def test_a_folder_with_a_file_that_is_not_remembered_has_no_version(folder: Path) -> None:
    remember(folder, later=0)
    assert StatCache(folder).version(scan.scan(folder)) is None


def test_content_of_the_same_size_with_the_old_mtime_is_noticed(folder: Path) -> None:
    remember(folder)
    before = (folder / "file").stat().st_mtime_ns
    (folder / "file").write_text("4321")
    os.utime(folder / "file", ns=(before, before))
    assert known(folder) is None


def test_so_is_another_file_under_the_name(folder: Path) -> None:
    remember(folder)
    (folder / "file").rename(folder / "old")
    (folder / "file").write_text("1234")
    assert known(folder) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "ferry-stat/1\t/",
        "ferry-stat/2\t/elsewhere\t\n",
        "\n\n",
        "{head}",
        "{head}v1\t\nfile",
        "{head}\n1 2\t3\t4\tfile",
    ],
)
def test_a_broken_cache_is_no_cache(folder: Path, text: str) -> None:
    remember(folder)
    StatCache(folder).path.write_text(text.replace("{head}", f"ferry-stat/2\t{folder}\t"))
    assert known(folder) is None
    assert StatCache(folder).version(scan.scan(folder)) is None


def test_where_nothing_can_be_written_nothing_is_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    remember(folder)
    assert known(folder) is None
