"""The index of a dataset version: one gzip-compressed text file, so that `zcat` shows it.

    {"created": 1790000000.0, "dataset": "cifar10", "files": 2, "format": "trainferry-index/1", "shards": 1, ...}
    shard <sha256> <size> <crc32c>
    file <shard> <offset> <size> <crc32c> <digest> <mode> <path>

One tab between fields. First a JSON object; then the shards, numbered from 0 in their order; then the files by path.
A file is the `size` bytes at `offset` of its shard, which is `datasets/<name>/shards/<sha256>.tar`, an ordinary tar.
crc32c and digest are hex; digest is the first 32 digits of the file's sha256; mode is 644 or 755. In a path, backslash
and line feed are written `\\\\` and `\\n`. Shards may hold more than this version's files.

The version is the sha256 over `<path> NUL <size> NUL <digest> NUL <mode> LF` of every file by path, as UTF-8: it names
the content, however it is packed. Empty folders, owners and times are not part of a dataset.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from trainferry.errors import Corrupt

FORMAT = "trainferry-index/1"


class Shard(NamedTuple):
    """`digest`: the sha256 of the tar, hex, which names it; size in bytes."""

    digest: str
    size: int
    crc32c: int


class File(NamedTuple):
    """One file of a version: `size` bytes at `offset` of shard number `shard`. `mode` is "644" or "755"."""

    path: str
    size: int
    crc32c: int
    digest: str
    mode: str
    shard: int
    offset: int


@dataclass(frozen=True)
class Header:
    """The first line. `created`: seconds since 1970, `size`: bytes of all files."""

    dataset: str
    version: str
    created: float
    files: int
    size: int
    shards: int
    format: str = FORMAT


@dataclass(frozen=True)
class Index:
    """A version: where each of its files is. `files` are sorted by path."""

    dataset: str
    version: str
    created: float
    shards: list[Shard]
    files: list[File]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def version_of(files: Iterable[File]) -> str:
    """The version that files (sorted by path) make, 64 hex digits."""
    lines = (f"{file.path}\0{file.size}\0{file.digest}\0{file.mode}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def dumps(index: Index) -> bytes:
    """The object's bytes."""
    header = Header(index.dataset, index.version, index.created, len(index.files), index.size, len(index.shards))
    lines = [json.dumps(vars(header), sort_keys=True)]
    lines += [f"shard\t{shard.digest}\t{shard.size}\t{shard.crc32c:08x}" for shard in index.shards]
    lines += [
        f"file\t{shard}\t{offset}\t{size}\t{crc:08x}\t{digest}\t{mode}\t{escape(path)}"
        for path, size, crc, digest, mode, shard, offset in index.files
    ]
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=1, mtime=0)


def loads(data: bytes, where: str) -> Index:
    """Reads and verifies: the files must make the version that the header names. Corrupt names `where`."""
    try:
        first, *lines = gzip.decompress(data).decode().removesuffix("\n").split("\n")
        header = Header(**json.loads(first))
        rows = [line.split("\t", 7) for line in lines]
        shards = [Shard(row[1], int(row[2]), int(row[3], 16)) for row in rows[: header.shards]]
        files = [_file(row) for row in rows[header.shards :]]
    except (OSError, EOFError, ValueError, TypeError, IndexError, zlib.error) as error:
        raise Corrupt(f"{where}: not an index of a dataset ({str(error).splitlines()[0]})") from error
    if version_of(files) != header.version or not all(_within(file, shards) for file in files):
        raise Corrupt(f"{where}: the index does not hold the files of version {header.version[:8]}")
    return Index(header.dataset, header.version, header.created, shards, files)


def head(data: bytes, where: str) -> Header:
    """The header alone, of the first bytes of an index."""
    try:
        text = zlib.decompressobj(wbits=31).decompress(data)
        return Header(**json.loads(text.partition(b"\n")[0]))
    except (ValueError, TypeError, zlib.error) as error:
        raise Corrupt(f"{where}: not an index of a dataset ({error})") from error


def _file(row: list[str]) -> File:
    kind, shard, offset, size, crc, digest, mode, path = row
    if kind != "file":
        raise ValueError(f"a line begins with {kind!r}")
    return File(unescape(path), int(size), int(crc, 16), digest, mode, int(shard), int(offset))


def _within(file: File, shards: list[Shard]) -> bool:
    known = 0 <= file.shard < len(shards)
    return known and 0 <= file.offset <= shards[file.shard].size - file.size and file.size >= 0


def escape(path: str) -> str:
    """A path on one line."""
    return path.replace("\\", "\\\\").replace("\n", "\\n")


def unescape(path: str) -> str:
    """The other way."""
    if "\\" not in path:
        return path
    return "\\".join(part.replace("\\n", "\n") for part in path.split("\\\\"))
