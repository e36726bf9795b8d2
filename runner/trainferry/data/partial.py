"""A large file on its way to this machine: `.ferry-NAME.part`, filled in any order, which a killed copy goes on with.

Behind the bytes of the file lies what is known of it, and is cut off at the end: a line that says of which bytes
(size, crc32c) the file is to be, then nine characters a range, the crc32c of what was written there. A range counts
when the file still holds bytes of that crc32c, so that neither a crash of the machine nor another source's bytes in
it are believed.
"""

import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import google_crc32c

from trainferry.store import crc32c as crcs

RANGE = 8 << 20  # bytes
HEAD, RECORD = 64, 9
PIECE = 1 << 20
STALE = 24 * 3600  # seconds after which a temporary file is nobody's
_TEMPORARY = re.compile(r"\.ferry-[0-9a-f]{16}")


class Partial:
    """Open it, write the ranges that are `missing`, then `finish`; threads may write at once. Raises OSError."""

    def __init__(self, target: Path, size: int, crc32c: int, mode: int = 0o644) -> None:
        self.target, self.size, self.crc32c = target, size, crc32c
        self._head = f"ferry-part/1 {size} {crc32c:08x} {RANGE}\n".ljust(HEAD).encode()
        self.path, self._descriptor = _opened(target, 0o777 if mode & 0o100 else 0o666)
        self._known: dict[int, int] = self._kept()

    @property
    def missing(self) -> list[int]:
        """Numbers of the ranges that are not there, in order."""
        return [number for number in range(-(-self.size // RANGE)) if number not in self._known]

    def span(self, number: int) -> tuple[int, int]:
        """Offset and size of a range."""
        start = number * RANGE
        return start, min(RANGE, self.size - start)

    def write(self, number: int, data: bytes) -> None:
        """All the bytes of a range."""
        start, _ = self.span(number)
        crc = google_crc32c.value(data)
        _write(self._descriptor, data, start)
        _write(self._descriptor, b"%08x\n" % crc, self.size + HEAD + number * RECORD)
        self._known[number] = crc

    def found(self) -> int:
        """The crc32c of all that was written. Every range has to be there."""
        numbers = sorted(self._known)
        return crcs.combined((self._known[number], self.span(number)[1]) for number in numbers)

    def finish(self) -> None:
        """Durable, and under the final name."""
        os.fsync(self._descriptor)
        os.ftruncate(self._descriptor, self.size)
        os.fsync(self._descriptor)
        os.replace(self.path, self.target)
        sync_folder(self.target.parent)

    def discard(self) -> None:
        """Nothing is left of it."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """What was written stays, for another time."""
        os.close(self._descriptor)

    def _kept(self) -> dict[int, int]:
        """What an interrupted copy of the same bytes left; an empty file when it was of others."""
        if os.pread(self._descriptor, HEAD, self.size) == self._head:
            return dict(self._recorded())
        os.ftruncate(self._descriptor, 0)
        _write(self._descriptor, self._head, self.size)
        return {}

    def _recorded(self) -> Iterator[tuple[int, int]]:
        for number in range(-(-self.size // RANGE)):
            record = os.pread(self._descriptor, RECORD, self.size + HEAD + number * RECORD)
            if record.strip(b"\0") and record == b"%08x\n" % (crc := self._crc_of(number)):
                yield number, crc

    def _crc_of(self, number: int) -> int:
        start, size = self.span(number)
        crc, at = 0, start
        while at < start + size:
            piece = os.pread(self._descriptor, min(PIECE, start + size - at), at)
            crc = google_crc32c.extend(crc, piece)
            at += len(piece)
        return crc


def sync_folder(folder: Path) -> None:
    """Makes the names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary(target: Path) -> Path:
    """A new name beside it."""
    return target.parent / f".ferry-{secrets.token_hex(8)}"


def sweep(folder: Path) -> None:
    """Removes what copies that were killed left under such names, more than a day ago."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < time.time() - STALE:
                os.unlink(entry.path)


def _opened(target: Path, mode: int) -> tuple[Path, int]:
    """The partial file of this target, locked; one of its own when another copy is at it."""
    name = target.name if len(target.name.encode()) < 200 else hashlib.sha256(target.name.encode()).hexdigest()
    path = target.parent / f".ferry-{name}.part"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            path = temporary(target)
            continue
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return path, descriptor
        os.close(descriptor)  # whoever had it has just finished


def _write(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
