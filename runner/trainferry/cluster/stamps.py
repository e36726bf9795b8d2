"""A container's log with `timestamps=true`: taking the stamps off, and going on where a reader stopped.

The API cannot be asked for "from byte N". It takes `sinceTime` in whole seconds, so a reader remembers the first line
of the second it stands in, and how many bytes it has since then; on the next connection it drops as many. When the
first line is another one, the node has rotated the log in between and lines are missing.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LONGEST_STAMP = 40


@dataclass(frozen=True)
class Missed:
    """Lines are missing behind the first `given` bytes, before the line that comes next."""

    given: int


Step = Callable[[bytes], tuple[bytes, bool]]  # data -> what is left of it, and whether to go on at once


class Reader:
    """Raw bytes in, the container's own bytes out. `given` counts what came out."""

    def __init__(self) -> None:
        self.given = 0
        self._second = self._first = self._last = b""  # of the newest whole stamp; of that second's first line; newest
        self._held = 0  # raw bytes since that first line, stamps included
        self._skip = 0
        self._at_line = True
        self._rest = b""  # too short to tell what it is
        self._step: Step = self._read
        self._out: list[bytes] = []
        self._missed: Missed | None = None  # to be told with the first whole line after it

    @property
    def since(self) -> str:
        """For `sinceTime`; empty before the first line."""
        return self._second.decode()

    def reopen(self) -> None:
        """A new connection, asked for everything since `since`, begins."""
        self._rest = b""
        self._step = self._check if self._first else self._read

    def feed(self, data: bytes) -> Iterator[bytes | Missed]:
        """The bytes that are new, with Missed in front of a line that does not follow the one before."""
        rest, go_on = self._rest + data, True
        while rest and go_on:
            rest, go_on = self._step(rest)
        self._rest = rest
        if not self._missed or any(b"\n" in piece for piece in self._out):
            yield from self.finish()

    def finish(self) -> Iterator[bytes | Missed]:
        """What waited for the end of its line, when the stream is over."""
        new, missed = b"".join(self._out), self._missed
        self._out, self._missed = [], None
        if missed:
            yield missed
        if new:
            yield new

    def _read(self, data: bytes) -> tuple[bytes, bool]:
        start = 0
        while start < len(data):
            if self._at_line:
                end = data.find(b" ", start, start + LONGEST_STAMP) + 1
                if not end:
                    break
                self._stand(data[start : end - 1])
                self._at_line = False
            else:
                newline = data.find(b"\n", start) + 1
                end, self._at_line = newline or len(data), bool(newline)
                self._out.append(data[start:end])
                self.given += end - start
            self._held += end - start
            start = end
        return data[start:], False

    def _check(self, data: bytes) -> tuple[bytes, bool]:
        """The first line of a new connection tells whether it goes on where the last one stopped."""
        stamp = _stamp(data)
        if stamp is None:
            return data, False
        if not stamp:  # the end of a long line that began before this second: held already
            return _after_line(data), True
        self._skip = self._held
        self._step = self._drop if stamp == self._first else self._search
        return data, True

    def _drop(self, data: bytes) -> tuple[bytes, bool]:
        """The bytes that are held already."""
        dropped = min(self._skip, len(data))
        self._skip -= dropped
        if not self._skip:
            self._step = self._read
        return data[dropped:], True

    def _search(self, data: bytes) -> tuple[bytes, bool]:
        """After a rotation: lines up to the newest stamp held are known, the next ones do not follow them."""
        stamp = _stamp(data)
        if stamp is None:
            return data, False
        if stamp <= self._last:
            return _after_line(data), True
        self._missed = self._missed or Missed(self.given)
        self._step, self._at_line, self._second = self._read, True, b""
        return data, True

    def _stand(self, stamp: bytes) -> None:
        zone = stamp[-1:] if stamp.endswith(b"Z") else stamp[-6:]
        if stamp[:19] + zone != self._second:
            self._second, self._first, self._held = stamp[:19] + zone, stamp, 0
        self._last = stamp


def between(stored: bytes, given: int, after: bytes) -> bytes:
    """What is missing: the stored log's bytes behind `given` and before `after` (empty: up to its end).

    The container runtime drops the CR of a CRLF, so the stored bytes are compared and counted without them.
    """
    text = stored.replace(b"\r\n", b"\n")
    end = text.find(after, given) if after else -1
    return text[given:end] if end >= 0 else text[given:]


def _stamp(data: bytes) -> bytes | None:
    """The stamp that `data` begins with, b"" when it begins with something else, None when it is too short to say."""
    end = data.find(b" ", 0, LONGEST_STAMP)
    if end < 0:
        return None if len(data) < LONGEST_STAMP and b"\n" not in data else b""
    return data[:end] if STAMP.fullmatch(data[:end]) else b""


def _after_line(data: bytes) -> bytes:
    """What follows the first newline; nothing when the line goes on."""
    return data.partition(b"\n")[2]
