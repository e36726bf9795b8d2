"""What an upload sends: bytes in memory, or a section of a file that is read while it is sent."""

import os
from collections.abc import Iterator
from typing import Protocol

import google_crc32c

from trainferry.errors import Changed

PIECE = 1 << 20


class Body(Protocol):
    """`size` in bytes, `crc32c` of them; iterated anew for every try. `what` is the user's name for it."""

    what: str
    size: int
    crc32c: int

    def __iter__(self) -> Iterator[bytes]: ...

    def changed(self) -> bool:
        """Whether the last try sent other bytes than those of `crc32c`."""


class Source(Protocol):
    """What is sent in sections. `what` is the user's name for it, `size` in bytes."""

    what: str
    size: int

    def section(self, start: int, size: int) -> Body:
        """Raises Changed, OSError."""

    def check(self) -> None:
        """Raises Changed when it is not what it was at first."""


class Bytes:
    """Memory as a source."""

    def __init__(self, what: str, data: bytes) -> None:
        self.what, self.size, self._data = what, len(data), data

    def section(self, start: int, size: int) -> Body:
        return Memory(self.what, self._data[start : start + size])

    def check(self) -> None: ...


class OpenFile:
    """A file as a source, by its descriptor."""

    def __init__(self, what: str, descriptor: int) -> None:
        self.what, self._descriptor, self._before = what, descriptor, os.fstat(descriptor)
        self.size = self._before.st_size

    def section(self, start: int, size: int) -> Body:
        return Section(self.what, self._descriptor, start, size)

    def check(self) -> None:
        now = os.fstat(self._descriptor)
        if (now.st_size, now.st_mtime_ns) != (self.size, self._before.st_mtime_ns):
            raise Changed(f"{self.what} changed while it was read")


class Memory:
    """Bytes."""

    def __init__(self, what: str, data: bytes) -> None:
        self.what, self.size, self.crc32c, self._data = what, len(data), google_crc32c.value(data), data

    def __iter__(self) -> Iterator[bytes]:
        yield self._data

    def changed(self) -> bool:
        return False


class Section:
    """`size` bytes of an open file from `start` on. Reads them once for the crc32c. Raises Changed, OSError."""

    def __init__(self, what: str, descriptor: int, start: int, size: int) -> None:
        self.what, self.size, self._descriptor, self._start = what, size, descriptor, start
        self.crc32c = self._sent = 0
        for piece in self._pieces():
            self.crc32c = google_crc32c.extend(self.crc32c, piece)

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._pieces():
            sent = google_crc32c.extend(sent, piece)
            yield piece
        self._sent = sent

    def changed(self) -> bool:
        return self._sent != self.crc32c

    def _pieces(self) -> Iterator[bytes]:
        at, end = self._start, self._start + self.size
        while at < end:
            piece = os.pread(self._descriptor, min(PIECE, end - at), at)
            if not piece:
                raise Changed(f"{self.what} changed while it was read")
            at += len(piece)
            yield piece
