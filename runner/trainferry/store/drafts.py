"""A folder store's own folder `.ferry/`: its lock, and bytes on their way to their names."""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from trainferry.errors import Changed
from trainferry.store import checksum, names
from trainferry.store.folder import descended, open_file
from trainferry.store.protocol import ObjectInfo

STALE = 24 * 3600  # seconds after which an unfinished write is nobody's
SYNCS = 8  # at once: the file system joins them, so that many small files cost little more than one
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Draft:
    """Bytes that nobody sees before they are committed. `name` is the file's name in the folder `parts`."""

    def __init__(self, parts: tuple[str, ...], name: str, file: BinaryIO) -> None:
        self.parts, self.name, self.file = parts, name, file
        self.size = self.crc = 0

    def write(self, piece: bytes) -> None:
        """Raises OSError, such as a full disk."""
        self.file.write(piece)
        self.size += len(piece)
        self.crc = google_crc32c.extend(self.crc, piece)

    def seal(self) -> None:
        """Keeps the crc32c with the bytes and makes both durable."""
        self.file.flush()
        checksum.keep(self.file, self.crc)
        os.fchmod(self.file.fileno(), 0o644)
        os.fsync(self.file.fileno())


@dataclass(frozen=True)
class Change:
    """A draft that becomes the object `name`; `before` is told the object under the lock, right before it is there."""

    draft: Draft
    name: str
    if_generation: int | None = None
    before: Callable[[ObjectInfo], object] = id


class Drafts:
    """The store's own folder below `root`; made by the first write. `url`: what errors call the store."""

    def __init__(self, root: Path, url: str) -> None:
        self._root, self._url = root, url
        self._swept = False

    def new(self) -> Draft:
        """An empty draft. Raises OSError."""
        with self._folder() as folder:
            name = f"write-{secrets.token_hex(8)}"
            return Draft((names.RESERVED,), name, open(os.open(name, _NEW, 0o600, dir_fd=folder), "w+b"))

    def drop(self, draft: Draft) -> None:
        """Nothing of it is left."""
        with suppress(OSError):
            draft.file.close()
        with suppress(OSError), descended(self._root, draft.parts) as folder:
            os.unlink(draft.name, dir_fd=folder)

    def commit(self, changes: Sequence[Change]) -> list[ObjectInfo]:
        """The drafts become objects, durable and each at once. Raises Changed, OSError; what failed is dropped."""
        try:
            self._seal([change.draft for change in changes])
            with self.lock() as lock:
                infos = [self._rename(lock, change) for change in changes]
                for folder in {change.name.rpartition("/")[0] for change in changes}:
                    self._sync(folder)
                return infos
        except BaseException:
            for change in changes:
                self.drop(change.draft)
            raise
        finally:
            for change in changes:
                change.draft.file.close()

    @contextmanager
    def lock(self) -> Iterator[int]:
        """The store's lock; the file's own time is the last generation given out."""
        with self._folder() as folder:
            descriptor = os.open("lock", _LOCK, 0o666, dir_fd=folder)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def generation(self, name: str) -> int:
        """0 when there is no such object."""
        try:
            with open_file(self._root, name) as file:
                return os.fstat(file.fileno()).st_mtime_ns
        except FileNotFoundError:
            return 0

    def _seal(self, drafts: Sequence[Draft]) -> None:
        if len(drafts) == 1:
            drafts[0].seal()
            return
        with ThreadPoolExecutor(SYNCS) as pool:
            list(pool.map(Draft.seal, drafts))

    def _rename(self, lock: int, change: Change) -> ObjectInfo:
        """Under the lock: check the precondition, stamp the generation, make the name visible."""
        *parts, last = change.name.split("/")
        draft = change.draft
        if change.if_generation is not None and self.generation(change.name) != change.if_generation:
            raise Changed(f"{self._url}/{change.name} was changed by somebody else")
        generation = max(time.time_ns(), os.fstat(lock).st_mtime_ns + 1)
        for file in (lock, draft.file.fileno()):
            os.utime(file, ns=(generation, generation))
        info = ObjectInfo(change.name, draft.size, generation, draft.crc, generation / 1e9)
        with descended(self._root, parts, create=True) as place, descended(self._root, draft.parts) as own:
            change.before(info)
            os.replace(draft.name, last, src_dir_fd=own, dst_dir_fd=place)
        return info

    def _sync(self, folder: str) -> None:
        with descended(self._root, folder.split("/") if folder else ()) as place:
            os.fsync(place)

    @contextmanager
    def _folder(self) -> Iterator[int]:
        """Once per process without what killed writers left in it."""
        with descended(self._root, (names.RESERVED,), create=True) as folder:
            if not self._swept:
                sweep(folder, "write-")
                self._swept = True
            yield folder


def sweep(folder: int, prefix: str) -> None:
    """Removes what is older than a day."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if entry.name.startswith(prefix) and found.st_mtime < time.time() - STALE:
                    os.unlink(entry.name, dir_fd=folder)
