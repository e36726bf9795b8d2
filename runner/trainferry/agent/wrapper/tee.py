"""One stream, written twice: to the attempt's log and to our standard output, byte for byte and at once."""

from __future__ import annotations

import os
from typing import List

TAIL = 4096  # bytes


class Tee:
    """A target that cannot be written any more (disk full, nobody reads) is left out; the command goes on."""

    def __init__(self, path: str) -> None:
        self._targets: List[int] = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644), 1]
        self._at_line = True
        self.tail = b""  # the last bytes written

    def write(self, data: bytes) -> None:
        for target in list(self._targets):
            self._write(target, data)
        self._at_line = data.endswith(b"\n")
        self.tail = (self.tail + data)[-TAIL:]

    def say(self, text: str) -> None:
        """Our own words: one line, told apart from the command's."""
        start = b"" if self._at_line else b"\n"
        self.write(start + b"[ferry] " + text.encode("utf-8", "backslashreplace") + b"\n")

    def _write(self, target: int, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(target, rest) :]
        except OSError:
            self._targets.remove(target)
