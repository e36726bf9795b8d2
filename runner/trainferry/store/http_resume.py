"""Under which id a large file is on its way to a gateway: kept on this machine, so that a killed upload goes on."""

import hashlib
import os
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path

STALE = 86400  # seconds after which the gateway has forgotten it too


class Kept:
    """Of one file as it is now, on its way to one object. Where nothing can be written, nothing is kept."""

    def __init__(self, about: str, path: Path, status: os.stat_result) -> None:
        marks = (about, os.path.realpath(path), status.st_size, status.st_mtime_ns, status.st_ino)
        key = hashlib.sha256(repr(marks).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        self._path = Path(base) / "ferry" / "uploads" / key

    def known(self) -> str:
        """The id that a killed upload left, else ""."""
        try:
            if self._path.stat().st_mtime > time.time() - STALE:
                return self._path.read_text()[:32]
        except (OSError, UnicodeError):
            pass
        return ""

    def fresh(self) -> str:
        """A new id, kept."""
        made = secrets.token_hex(16)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self._path.parent)
            with open(descriptor, "w") as file:
                file.write(made)
            os.replace(temporary, self._path)
        return made

    def forget(self) -> None:
        """It has arrived, or never will under this id."""
        with suppress(OSError):
            self._path.unlink()
