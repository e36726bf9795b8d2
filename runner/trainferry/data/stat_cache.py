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
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from trainferry.data.index import escape, unescape
from trainferry.data.scan import Found, Hashes

FORMAT = "ferry-stat/2"
MARGIN = 2_000_000_000  # ns: the coarsest clock of a file system is FAT's


class StatCache:
    """The memory of one folder, a text in `$XDG_CACHE_HOME/ferry/stat/` (~/.cache).

    The first line: format, folder, version and seal of all files; then a line a file: state, crc32c, digest, path.
    """

    def __init__(self, folder: Path) -> None:
        self.root = os.path.realpath(folder)
        self.path = _home() / f"{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:32]}.txt"
        self.started = time.time_ns()
        self._head = f"{FORMAT}\t{escape(self.root)}\t"

    def version(self, files: list[Found]) -> str | None:
        """The version that the folder was when it was remembered, if that was all of it and nothing changed since."""
        version, _, sealed = self._text.partition("\n")[0].removeprefix(self._head).partition("\t")
        return version if sealed and sealed == _seal(files) else None

    def known(self, file: Found) -> Hashes | None:
        """The hashes of a file that has not changed since they were computed."""
        line = self._known.get(file.path)
        if line is None:
            return None
        state, crc, digest, _ = line.split("\t", 3)
        return Hashes(int(crc, 16), digest) if state == _state(file) else None

    def save(self, files: list[tuple[Found, Hashes]], version: str) -> None:
        """Remember these, which are `version`, and only these. Where nothing can be written, nothing is remembered."""
        limit = self.started - MARGIN
        lines = [
            f"{_state(file)}\t{hashes.crc32c:08x}\t{hashes.digest}\t{escape(file.path)}"
            for file, hashes in files
            if file.mtime < limit and file.ctime < limit
        ]
        head = (
            f"{self._head}{version}\t{_seal([file for file, _ in files])}" if len(lines) == len(files) else self._head
        )
        text = "\n".join([head, *lines])
        if text != self._text:
            with suppress(OSError):
                self._store(text.encode("utf-8", "surrogateescape"))

    @cached_property
    def _text(self) -> str:
        """Of an earlier push of this folder, else nothing."""
        try:
            text = self.path.read_bytes().decode("utf-8", "surrogateescape")
        except (OSError, UnicodeError):
            return ""
        return text if text.startswith(self._head) else ""

    @cached_property
    def _known(self) -> dict[str, str]:
        """The whole lines by path; one that is not whole was never written by us."""
        lines = (line for line in self._text.split("\n")[1:] if line.count("\t") >= 3)
        return {unescape(line.split("\t", 3)[3]): line for line in lines}

    def _store(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, self.path)


def _state(file: Found) -> str:
    return f"{file.size} {file.mtime} {file.ctime} {file.inode} {file.mode}"


def _seal(files: list[Found]) -> str:
    """A digest over paths and states: 60,000 files are compared at once."""
    text = "\0".join(
        [f"{size} {mtime} {ctime} {inode} {mode} {path}" for path, size, mtime, ctime, inode, mode in files]
    )
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _home() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "ferry" / "stat"
