"""Unpacking archives that nobody vouches for: regular files and folders only, one by one, never outside the target.

`tarfile.extractall` is not used: even its data filter can be led outside on Python 3.11.
"""

import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from trainferry.errors import BadInput, Corrupt
from trainferry.store.os_errors import printable, translate, translated

PIECE = 1 << 20
_BROKEN = (tarfile.TarError, zlib.error, EOFError, UnicodeError)


def unpack(source: Path | BinaryIO, target: Path, only: Callable[[str], bool] | None = None) -> int:
    """Unpack a tar, compressed or not, into a folder; `only` chooses paths. Returns the number of files.

    Files that are in the way are replaced; links are neither made nor followed. BadInput names the member that is not
    a plain file or folder below the target, or comes twice; Corrupt a broken archive.
    """
    if isinstance(source, Path):
        with translated(source), source.open("rb") as stream:
            return unpack(stream, target, only)
    folder, seen = Folder(target), set[str]()
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            for path, member in _members(archive):
                if only is not None and not only(path):
                    continue
                if path in seen and not member.isdir():
                    raise BadInput(f"archive: {printable(path)} is in it twice")
                seen.add(path)
                _extract(archive, member, folder, path)
    except _BROKEN as error:
        raise Corrupt(f"archive: broken ({error or type(error).__name__})") from error
    except OSError as error:
        if error.errno is None:  # gzip's own complaint
            raise Corrupt(f"archive: broken ({error})") from error
        raise translate(error, "archive") from error
    return folder.files


def safe(path: str) -> str:
    """The path with `.` and empty parts taken out; BadInput when it is absolute, empty or leads outside."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise BadInput(f"archive: {printable(path)!r} would lie outside of the target")
    return "/".join(parts)


class Folder:
    """A folder that files are put into by paths that were not checked. Threads may share it."""

    def __init__(self, root: Path) -> None:
        self.root, self.files = os.fspath(root), 0
        with translated(root):
            os.makedirs(root, exist_ok=True)
        self._made = {""}

    def write(self, path: str, pieces: Iterable[bytes | memoryview], mode: int) -> None:
        """Create a file, in place of one that is there; only `mode`'s 0o100 counts."""
        path = safe(path)
        self.make(path.rpartition("/")[0])
        place = f"{self.root}/{path}"
        with translated(place):
            descriptor = self._create(place, 0o777 if mode & 0o100 else 0o666)
            try:
                for piece in pieces:
                    _write_all(descriptor, piece)
            finally:
                os.close(descriptor)
        self.files += 1

    def make(self, path: str) -> None:
        """A folder and its parents; BadInput when something else, a link for one, has the name."""
        if path in self._made:
            return
        self.make(path.rpartition("/")[0])
        place = f"{self.root}/{path}"
        with translated(place):
            try:
                os.mkdir(place)
            except FileExistsError:
                if os.path.islink(place) or not os.path.isdir(place):
                    raise BadInput(f"{printable(place)}: in the way, and not a folder") from None
        self._made.add(path)

    def _create(self, place: str, mode: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(place, flags, mode)
        except FileExistsError:
            os.unlink(place)
            return os.open(place, flags, mode)


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    """Each member under its safe path; the target itself (`./`) is none."""
    for member in archive:
        if member.isdir() and member.name.strip("./") == "" and ".." not in member.name:
            continue
        path = safe(member.name)
        path.encode()
        if not member.isdir() and (not member.isreg() or member.issparse()):
            raise BadInput(f"archive: {printable(path)} is neither a file nor a folder")
        yield path, member


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Folder, path: str) -> None:
    if member.isdir():
        folder.make(path)
        return
    stream = archive.extractfile(member)
    if stream is None:
        raise Corrupt(f"archive: {printable(path)} has no bytes")
    folder.write(path, iter(lambda: stream.read(PIECE), b""), member.mode)


def _write_all(descriptor: int, data: bytes | memoryview) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])
