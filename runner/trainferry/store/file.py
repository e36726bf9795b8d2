"""A folder as a store: `file:///folder`. Objects are plain files under their own names.

An object's generation is its modification time in ns, which one lock per store makes grow with every write. Its crc32c
lies in an extended attribute; where the file system has none (or a copy lost it) it is computed from the bytes.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from trainferry.errors import BadInput, Changed, Corrupt, Missing
from trainferry.store import checksum, names
from trainferry.store.os_errors import translated
from trainferry.store.protocol import ObjectInfo

STALE = 24 * 3600  # seconds after which an unfinished write is nobody's


class FileStore:
    """See `Store`. Safe for threads and processes of one machine (flock); writes are temp file, fsync, rename."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))
        self.url = self.root.as_uri()
        self._own = self.root / names.RESERVED
        self._prepared = False

    def stat(self, name: str) -> ObjectInfo | None:
        with translated(self._path(name)):
            try:
                with self._open(name) as file:
                    return _info(name, file)
            except Missing:
                return None

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        with translated(self._path(name)), self._open(name) as file:
            file.seek(start)
            data = file.read(-1 if length is None else length)
            if start == 0 and length is None:
                self._verify(name, google_crc32c.value(data), file)
            return data

    def read(self, name: str, chunk: int = checksum.PIECE) -> Iterator[bytes]:
        with translated(self._path(name)), self._open(name) as file:
            crc = 0
            while piece := file.read(chunk):
                crc = google_crc32c.extend(crc, piece)
                yield piece
            self._verify(name, crc, file)

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        return self._write(name, [data], if_generation)

    def put_file(self, name: str, path: Path, if_generation: int | None = None) -> ObjectInfo:
        with translated(path), path.open("rb") as file:
            return self._write(name, iter(lambda: file.read(checksum.PIECE), b""), if_generation)

    def get_many(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        return ((name, self.get(name)) for name in names)

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> "list[ObjectInfo]":
        return [self.put(name, data) for name, data in items]

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        names.check_prefix(prefix)
        with translated(self.root):
            found = sorted(self._names(prefix))
        for name in found:
            info = self.stat(name)
            if info is not None:
                yield info

    def compose(self, name: str, parts: Sequence[str], if_generation: int | None = None) -> ObjectInfo:
        if not 1 <= len(parts) <= 32:
            raise BadInput(f"compose {name}: 1 to 32 parts, not {len(parts)}")
        return self._write(name, (piece for part in parts for piece in self.read(part)), if_generation)

    def copy(self, source: str, target: str) -> ObjectInfo:
        return self._write(target, self.read(source), None)

    def delete(self, name: str, if_generation: int | None = None) -> None:
        path = self._path(name)
        with translated(path), self._lock():
            found = self.stat(name)
            if found is None:
                return
            if if_generation is not None and found.generation != if_generation:
                raise Changed(f"{self.url}/{name} was changed by somebody else")
            path.unlink()
            self._prune(path.parent)

    def _path(self, name: str) -> Path:
        return self.root / names.check(name)

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        """The object's file; a rename during the reading does not change what is read."""
        path = self._path(name)
        if path.is_dir():
            raise Missing(f"no object {name} in {self.url}")
        try:
            file = path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(f"no object {name} in {self.url}") from None
        with file:
            yield file

    def _verify(self, name: str, crc: int, file: BinaryIO) -> None:
        stored = checksum.stored(file)
        if stored is not None and stored != crc:
            raise Corrupt(f"{self.url}/{name}: crc32c {crc:08x} is not the stored {stored:08x}")

    def _write(self, name: str, pieces: Iterable[bytes], if_generation: int | None) -> ObjectInfo:
        path = self._path(name)
        with translated(path):
            self._prepare()
            descriptor, temporary = tempfile.mkstemp(dir=self._own, prefix="write-")
            try:
                with open(descriptor, "wb") as file:
                    size, crc = checksum.fill(file, pieces)
                generation = self._commit(temporary, path, name, if_generation)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        return ObjectInfo(name, size, generation, crc, generation / 1e9)

    def _commit(self, temporary: str, path: Path, name: str, if_generation: int | None) -> int:
        """Under the lock: check the precondition, stamp the generation, make the name visible and durable."""
        with self._lock() as lock:
            found = self.stat(name) if if_generation is not None else None
            if if_generation is not None and (found.generation if found else 0) != if_generation:
                raise Changed(f"{self.url}/{name} was changed by somebody else")
            generation = max(time.time_ns(), os.fstat(lock).st_mtime_ns + 1)
            os.utime(lock, ns=(generation, generation))
            os.utime(temporary, ns=(generation, generation))
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, path)
            _sync_folder(path.parent)
            return generation

    @contextmanager
    def _lock(self) -> Iterator[int]:
        """The store's lock; the file's own time is the last generation given out."""
        self._prepare()
        descriptor = os.open(self._own / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _prepare(self) -> None:
        """Once per process: the store's own folder, without what killed writers left in it."""
        if self._prepared and self._own.is_dir():
            return
        self._own.mkdir(parents=True, exist_ok=True)
        for left in self._own.glob("write-*"):
            with suppress(OSError):
                if left.stat().st_mtime < time.time() - STALE:
                    left.unlink()
        self._prepared = True

    def _names(self, prefix: str) -> Iterator[str]:
        """Unsorted names below the deepest folder of the prefix."""
        top = self.root / prefix.rpartition("/")[0]
        for folder, folders, files in os.walk(top, onerror=_unless_gone):
            if Path(folder) == self.root and names.RESERVED in folders:
                folders.remove(names.RESERVED)
            base = os.path.relpath(folder, self.root)
            found = (file if base == "." else f"{base}/{file}" for file in files)
            yield from (name for name in found if name.startswith(prefix))

    def _prune(self, folder: Path) -> None:
        """Folders that hold nothing any more go; under the lock, so that no writer is between mkdir and rename."""
        with suppress(OSError):
            while folder != self.root:
                folder.rmdir()
                folder = folder.parent


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _info(name: str, file: BinaryIO) -> ObjectInfo:
    found = os.fstat(file.fileno())
    crc = checksum.stored(file)
    if crc is None:
        crc = checksum.computed(file)
    return ObjectInfo(name, found.st_size, found.st_mtime_ns, crc, found.st_mtime_ns / 1e9)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
