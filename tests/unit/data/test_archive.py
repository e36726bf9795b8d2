"""Archives that mean harm: nothing outside of the target, no links, no devices."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from trainferry.data.archive import unpack
from trainferry.errors import BadInput, Corrupt


def archive(*members: tarfile.TarInfo | tuple[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
            else:
                tar.addfile(member)
    stream.seek(0)
    return stream


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_and_folders_come_out(tmp_path: Path) -> None:
    count = unpack(archive(special("./", tarfile.DIRTYPE), ("./a", b"1"), ("b//c/./d", b"2")), tmp_path / "out")
    assert (count, tree(tmp_path / "out")) == (2, {"a": b"1", "b/c/d": b"2"})


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    assert unpack(archive(("a", b"1"), ("b", b"2")), tmp_path, only=lambda path: path == "b") == 1
    assert tree(tmp_path) == {"b": b"2"}


def test_a_file_keeps_only_that_it_can_be_run(tmp_path: Path) -> None:
    info = tarfile.TarInfo("run.sh")
    info.mode = 0o6777
    unpack(archive(info, ("data", b"")), tmp_path)
    modes = {path.name: path.stat().st_mode & 0o7111 for path in tmp_path.iterdir()}
    assert modes == {"run.sh": 0o111, "data": 0}


def test_unpacking_twice_is_fine(tmp_path: Path) -> None:
    for text in (b"old", b"new"):
        unpack(archive(("a/b", text)), tmp_path)
    assert tree(tmp_path) == {"a/b": b"new"}


EVIL = {
    "absolute": [("/etc/evil", b"")],
    "upwards": [("../evil", b"")],
    "upwards inside": [("a/../../evil", b"")],
    "upwards folder": [special("../evil", tarfile.DIRTYPE)],
    "link": [special("evil", tarfile.SYMTYPE, "/etc/passwd")],
    "hard link": [("a", b""), special("evil", tarfile.LNKTYPE, "a")],
    "device": [special("evil", tarfile.CHRTYPE)],
    "pipe": [special("evil", tarfile.FIFOTYPE)],
    "twice": [("evil", b"1"), ("evil", b"2")],
    "file as folder": [("evil", b""), ("evil/a", b"")],
    "folder as file": [("evil/a", b""), ("evil", b"")],
}


@pytest.mark.parametrize("kind", EVIL)
def test_a_member_that_is_no_plain_file_below_the_target_is_named(kind: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="evil"):
        unpack(archive(*EVIL[kind]), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_that_is_there_already_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/folder").symlink_to(tmp_path / "outside")
    with pytest.raises(BadInput, match="in the way, and not a folder"):
        unpack(archive(("folder/evil", b"")), tmp_path / "out")
    assert tree(tmp_path / "outside") == {}


def test_a_link_in_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a").symlink_to(tmp_path / "precious")
    unpack(archive(("a", b"evil")), tmp_path / "out")
    assert tree(tmp_path) == {"precious": b"precious", "out/a": b"evil"}


@pytest.mark.parametrize(
    "data", [b"", b"no archive at all" * 100, gzip.compress(b"x" * 2000), archive(("a", b"1" * 9999)).getvalue()[:60]]
)
def test_a_broken_archive_is_corrupt(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match=r"^archive: broken"):
        unpack(io.BytesIO(data), tmp_path)
