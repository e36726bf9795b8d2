"""A folder store's own folder `.ferry/`: its lock, and bytes on their way to a name."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from trainferry.store import checksum, names
from trainferry.store.folder import descended

STALE = 24 * 3600  # seconds after which an unfinished write is nobody's
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


class Drafts:
    """The store's own folder below `root`; made by the first write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._swept = False

    def new(self) -> Draft:
        """An empty draft. Raises OSError."""
        with self._folder() as folder:
            name = f"write-{secrets.token_hex(8)}"
            return Draft((names.RESERVED,), name, open(os.open(name, _NEW, 0o600, dir_fd=folder), "wb"))

    def drop(self, draft: Draft) -> None:
        """Nothing of it is left."""
        with suppress(OSError):
            draft.file.close()
        with suppress(OSError), descended(self.root, draft.parts) as folder:
            os.unlink(draft.name, dir_fd=folder)

    def move(self, draft: Draft, folder: int, last: str) -> None:
        """Under its name `last` in an open folder, in place of what was there; durable."""
        with descended(self.root, draft.parts) as own:
            os.replace(draft.name, last, src_dir_fd=own, dst_dir_fd=folder)
        os.fsync(folder)

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

    @contextmanager
    def _folder(self) -> Iterator[int]:
        """Once per process without what killed writers left in it."""
        with descended(self.root, (names.RESERVED,), create=True) as folder:
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
