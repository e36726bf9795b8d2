"""Shards are tars that ordinary tar opens, the same bytes for the same files."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from trainferry.data import packs

NAMES = ["a", "folder/" + "x" * 93, "y" * 101, "deep/" * 60 + "z", "größe/日本.png", "line\nfeed", " space "]


def shard(files: dict[str, bytes], mode: str = "644") -> bytes:
    packer = packs.Packer()
    for path, data in files.items():
        offset = packer.add(packs.header(path, len(data), mode), data)
        assert offset % packs.BLOCK == 0
    return packer.seal()


@pytest.mark.parametrize("mode", ["644", "755"])
def test_every_name_comes_back(mode: str) -> None:
    files = {name: name.encode() * number for number, name in enumerate(NAMES)}
    with tarfile.open(fileobj=io.BytesIO(shard(files, mode))) as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
        assert {member.mode for member in tar} == {int(mode, 8)}
    assert found == files


def test_ordinary_tar_opens_a_shard(tmp_path: Path) -> None:
    (tmp_path / "shard.tar").write_bytes(shard({"a/b.png": b"hello", "größe": b"", "y" * 101: b"1"}))
    subprocess.run(["tar", "xf", "shard.tar"], cwd=tmp_path, check=True)
    assert (tmp_path / "a/b.png").read_bytes() == b"hello"
    listing = subprocess.run(["tar", "tvf", "shard.tar"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert listing.stdout.splitlines()[0].split() == ["-rw-r--r--", "0/0", "5", "1980-01-01", "00:00", "a/b.png"]
    assert listing.stderr == ""


def test_the_same_files_are_the_same_bytes() -> None:
    files = {"a": b"1" * 1000, "b": b"2"}
    assert shard(files) == shard(files)


def test_a_file_of_ten_gigabytes_has_a_header() -> None:
    data = packs.header("big", 10 << 30, "644")
    assert tarfile.TarInfo.frombuf(data[-512:], "utf-8", "strict").name == "big"
    with tarfile.open(fileobj=io.BytesIO(data + b"x" * 512)) as tar:
        assert tar.next().size == 10 << 30  # type: ignore[union-attr]


def test_a_shard_is_full_at_16_mib() -> None:
    packer, data = packs.Packer(), bytes(1 << 20)
    added = 0
    while packer.fits(header := packs.header("x", len(data), "644"), data):
        packer.add(header, data)
        added += 1
    assert added == 15
    assert len(packer.seal()) <= packs.SHARD
    assert packer.seal() == b""
