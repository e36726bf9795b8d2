"""What earlier pushes learned about files, so that unchanged ones need not be read again.

The rule (git's, made stricter): a file is taken for unchanged when size, mtime, ctime, inode and mode are all what
they were when it was hashed, and its times were then at least two seconds in the past. A file that was written just
before it was hashed is not remembered, because a second write in the same tick of the clock would leave no trace.
ctime cannot be set back by a program. Without this cache, which is only a convenience, every file is read and hashed.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from trainferry.data.index import escape, unescape
from trainferry.data.scan import Found, Hashes

FORMAT = "ferry-stat/1"
MARGIN = 2_000_000_000  # ns: the coarsest clock of a file system is FAT's


class StatCache:
    """The memory of one folder, a text in `$XDG_CACHE_HOME/ferry/stat/` (~/.cache): state, crc32c, digest, path."""

    def __init__(self, folder: Path) -> None:
        self.root = os.path.realpath(folder)
        self.path = _home() / f"{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:32]}.txt"
        self.started = time.time_ns()
        self._head = f"{FORMAT}\t{escape(self.root)}"
        self._text = self._load()
        self._known = _by_path(self._text) if self._text else {}

    def known(self, file: Found) -> Hashes | None:
        """The hashes of a file that has not changed since they were computed."""
        line = self._known.get(file.path)
        if line is None:
            return None
        state, crc, digest, _ = line.split("\t", 3)
        return Hashes(int(crc, 16), digest) if state == _state(file) else None

    def save(self, files: Iterable[tuple[Found, Hashes]]) -> None:
        """Remember these and only these. Where nothing can be written, nothing is remembered."""
        limit = self.started - MARGIN
        lines = [
            f"{_state(file)}\t{hashes.crc32c:08x}\t{hashes.digest}\t{escape(file.path)}"
            for file, hashes in files
            if file.mtime < limit and file.ctime < limit
        ]
        text = "\n".join([self._head, *lines])
        if text != self._text:
            with suppress(OSError):
                self._store(text.encode("utf-8", "surrogateescape"))

    def _load(self) -> str:
        """The text of an earlier push of this folder, else nothing."""
        try:
            text = self.path.read_bytes().decode("utf-8", "surrogateescape")
        except (OSError, UnicodeError):
            return ""
        return text if text.partition("\n")[0] == self._head else ""

    def _store(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, self.path)


def _state(file: Found) -> str:
    return f"{file.size} {file.mtime} {file.ctime} {file.inode} {file.mode}"


def _by_path(text: str) -> dict[str, str]:
    """The whole lines; one that is not whole was never written by us."""
    lines = (line for line in text.split("\n")[1:] if line.count("\t") >= 3)
    return {unescape(line.split("\t", 3)[3]): line for line in lines}


def _home() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "ferry" / "stat"
