"""The files of a folder as a dataset sees them, and their bytes."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import google_crc32c

from trainferry.errors import BadInput, Changed
from trainferry.store.os_errors import printable

PIECE = 1 << 20
DIGITS = 32  # of a file's sha256, in hex, that are kept


class Found(NamedTuple):
    """One file: its path below the folder, and what stat said. Times in ns; `mode` is "644" or "755"."""

    path: str
    size: int
    mtime: int
    ctime: int
    inode: int
    mode: str


class Hashes(NamedTuple):
    """Of a file's bytes: crc32c, and the first 32 hex digits of the sha256."""

    crc32c: int
    digest: str


def scan(folder: Path) -> list[Found]:
    """All files by path. A link to a file inside the folder counts as that file.

    BadInput names what cannot be stored: other links, devices, names that are not UTF-8, an empty folder.
    """
    root = os.fspath(folder)
    found: list[Found] = []
    folders = [""]
    try:
        while folders:
            prefix = folders.pop()
            with os.scandir(os.path.join(root, prefix) if prefix else root) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{prefix}{entry.name}/")
                    else:
                        found.append(_found(root, prefix + entry.name, entry))
    except OSError as error:
        raise unreadable(error, root) from error
    if not found:
        raise BadInput(f"{printable(folder)}: no files in this folder")
    return sorted(found)


def linked(folder: Path, path: str, place: Path) -> Found:
    """A file of another place as `path` of this folder, by a link."""
    link = folder / path
    try:
        status = place.stat()
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(place.absolute())
    except OSError as error:
        raise unreadable(error, os.fspath(place)) from error
    mode = "755" if status.st_mode & 0o100 else "644"
    return Found(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, mode)


def read(folder: str, file: Found) -> bytes:
    """The whole file, as it was when it was scanned, else Changed. BadInput when it cannot be read."""
    path = f"{folder}/{file.path}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = _read_all(descriptor, file.size)
            _same(os.fstat(descriptor), file, path, len(data))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(error, path) from error
    return data


def pieces(folder: str, file: Found) -> Iterator[bytes]:
    """A large file in pieces; ends with the same check as `read`."""
    path, size = f"{folder}/{file.path}", 0
    try:
        with open(path, "rb", buffering=0) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                yield piece
            _same(os.fstat(stream.fileno()), file, path, size)
    except OSError as error:
        raise unreadable(error, path) from error


def hashes(data: bytes) -> Hashes:
    """Of bytes in memory."""
    return Hashes(google_crc32c.value(data), hashlib.sha256(data).hexdigest()[:DIGITS])


def unreadable(error: OSError, path: str) -> BadInput:
    """A file of the user's that cannot be read is bad input, whatever the system calls it."""
    return BadInput(f"{printable(error.filename or path)}: {(error.strerror or str(error)).lower()}")


def _found(root: str, path: str, entry: "os.DirEntry[str]") -> Found:
    """One entry that is not a folder, or BadInput."""
    _utf8(root, path)
    if entry.is_symlink():
        _inside(root, path)
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        raise BadInput(f"{printable(os.path.join(root, path))}: neither a file nor a folder")
    mode = "755" if status.st_mode & 0o100 else "644"
    return Found(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, mode)


def _utf8(root: str, path: str) -> None:
    if not path.isascii():
        try:
            path.encode()
        except UnicodeEncodeError:
            shown = printable(os.path.join(root, path))
            raise BadInput(f"{shown}: the name is not UTF-8", "rename it, for example with convmv") from None


def _inside(root: str, path: str) -> None:
    """A link is followed when it ends at a file below the folder: nothing else may slip into a dataset."""
    link, top = os.path.join(root, path), os.path.realpath(root)
    target = os.path.realpath(link)
    if not target.startswith(os.path.join(top, "")) or not os.path.isfile(target):
        raise BadInput(f"{printable(link)}: a link that does not end at a file inside {printable(root)}")


def _read_all(descriptor: int, size: int) -> bytes:
    data = os.read(descriptor, size + 1)
    while 0 < len(data) < size:
        more = os.read(descriptor, size + 1 - len(data))
        if not more:
            break
        data += more
    return data


def _same(now: os.stat_result, file: Found, path: str, size: int) -> None:
    if (now.st_size, now.st_mtime_ns, size) != (file.size, file.mtime, file.size):
        raise Changed(f"{printable(path)} changed while it was read", "push again when nobody writes to it")
