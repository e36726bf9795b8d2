"""What earlier pushes learned about files, so that unchanged ones need not be read again.

The rule (git's, made stricter): a file is taken for unchanged when size, mtime, ctime, inode and mode are all what
they were when it was hashed, and its times were then at least two seconds in the past. A file that was written just
before it was hashed is not remembered, because a second write in the same tick of the clock would leave no trace.
ctime cannot be set back by a program. Without this cache, which is only a convenience, every file is read and hashed.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from trainferry.data.scan import Found, Hashes

FORMAT = 1
MARGIN = 2_000_000_000  # ns: the coarsest clock of a file system is FAT's


class StatCache:
    """The memory of one folder, in `$XDG_CACHE_HOME/ferry/stat/` (~/.cache)."""

    def __init__(self, folder: Path) -> None:
        self.root = os.path.realpath(folder)
        self.path = _home() / f"{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:32]}.json"
        self.started = time.time_ns()
        self._known: dict[str, list[Any]] = self._load()

    def known(self, file: Found) -> Hashes | None:
        """The hashes of a file that has not changed since they were computed."""
        entry = self._known.get(file.path)
        if entry is None or entry[:5] != [file.size, file.mtime, file.ctime, file.inode, file.mode]:
            return None
        return Hashes(entry[5], entry[6])

    def save(self, files: Iterable[tuple[Found, Hashes]]) -> None:
        """Remember these and only these. Where nothing can be written, nothing is remembered."""
        limit = self.started - MARGIN
        known = {
            file.path: [file.size, file.mtime, file.ctime, file.inode, file.mode, *hashes]
            for file, hashes in files
            if max(file.mtime, file.ctime) < limit
        }
        if known != self._known:
            with suppress(OSError):
                self._store(json.dumps({"format": FORMAT, "root": self.root, "files": known}).encode())

    def _load(self) -> dict[str, list[Any]]:
        try:
            plain = json.loads(self.path.read_bytes())
            known: dict[str, list[Any]] = plain["files"]
            ours: bool = (plain["format"], plain["root"]) == (FORMAT, self.root)
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return known if ours else {}

    def _store(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, self.path)


def _home() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "ferry" / "stat"
