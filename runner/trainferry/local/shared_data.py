"""Datasets unpacked once for all runs that mount the same ones: a second run does not unpack 60,000 files again.

The agent writes `.<mount>.complete` beside a mount that it verified, and skips a mount whose mark names the right
version. While a run fetches, others that want the same wait for its lock. Complete files lose their write permission;
when one of them went missing or changed size, the folder is thrown away and fetched again.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from trainferry.local.folder import read_json, write_json
from trainferry.spec.runspec import RunSpec

SEAL = ".seal"
WRITE_BITS = 0o222


class SharedData:
    """The folder `<home>/data/<key>` and its lock; `path` holds one folder a mount."""

    def __init__(self, home: Path, spec: RunSpec) -> None:
        mounts = sorted((mount.name, mount.dataset, mount.version) for mount in spec.data)
        key = hashlib.sha256(json.dumps([spec.store, mounts]).encode()).hexdigest()[:16]
        self.path = home / "data" / key
        self._wanted = bool(mounts)
        self._handle: IO[str] | None = None

    def acquire(self) -> bool:
        """Try to become the one who may fetch, for as long as something is missing; False: another one is at it."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self._wanted:
            return True
        handle = open(self.path.with_suffix(".lock"), "w")  # noqa: SIM115  held until release
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._handle = handle
        if self._complete():
            self.release(fetched=False)
        return True

    def release(self, fetched: bool) -> None:
        """Let the others in; `fetched`: all mounts are complete, nothing may change them from now on."""
        if self._handle is None:
            return
        if fetched and not (self.path / SEAL).exists():
            for entry in self._files():
                os.chmod(entry.path, entry.stat(follow_symlinks=False).st_mode & ~WRITE_BITS)
            write_json(self.path / SEAL, self._shape())
        self._handle.close()
        self._handle = None

    @property
    def held(self) -> bool:
        return self._handle is not None

    def _complete(self) -> bool:
        """Is it as it was sealed? What was damaged is removed."""
        seal = read_json(self.path / SEAL)
        if seal is None or seal == self._shape():
            return seal is not None
        shutil.rmtree(self.path)
        self.path.mkdir()
        return False

    def _shape(self) -> dict[str, int]:
        """Files nobody may write, and their bytes: what the command itself adds does not count."""
        stats = [entry.stat(follow_symlinks=False) for entry in self._files()]
        sizes = [stat.st_size for stat in stats if not stat.st_mode & WRITE_BITS]
        return {"files": len(sizes), "bytes": sum(sizes)}

    def _files(self) -> Iterator["os.DirEntry[str]"]:
        folders = [e.path for e in os.scandir(self.path) if e.is_dir(follow_symlinks=False)]
        while folders:
            for entry in os.scandir(folders.pop()):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry
