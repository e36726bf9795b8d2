"""Before the command begins: the output of earlier attempts, the code, the datasets. All at once, all verified."""

import gzip
import hashlib
import os
import shutil
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from trainferry.agent.config import AgentConfig
from trainferry.agent.moved import Moved
from trainferry.agent.words import say
from trainferry.data import archive, copy, pull
from trainferry.data.progress import Progress
from trainferry.errors import BadInput, Corrupt, FerryError, Forbidden, Full, Missing, Unreachable
from trainferry.runs import exit_codes, layout
from trainferry.runs.manifest import StoredFile
from trainferry.spec.runspec import DataMount, RunSpec
from trainferry.store import Store
from trainferry.store.os_errors import translated

AT_ONCE = 8
DAMAGED = 2  # times that wrong bytes are fetched again
# The first that fits; what is below it in the error tree comes before it.
CODES: tuple[tuple[type[FerryError], int], ...] = (
    (Missing, exit_codes.NO_INPUT),
    (Corrupt, exit_codes.DATA),
    (Forbidden, exit_codes.NO_INPUT),
    (Full, exit_codes.USAGE),
    (Unreachable, exit_codes.AGAIN),
    (BadInput, exit_codes.DATA),
)


class Ended(Exception):
    """The attempt is over before everything was fetched."""


def code_of(error: FerryError) -> int:
    """The container's exit code for what could not be fetched."""
    return next((code for kind, code in CODES if isinstance(error, kind)), exit_codes.DATA)


class Fetch:
    """`ended` says whether anybody still waits. A store that is away is asked again until nothing moved for long."""

    def __init__(self, store: Store, config: AgentConfig, moved: Moved, ended: Callable[[], bool]) -> None:
        self.store, self.config, self.moved, self.ended = store, config, moved, ended
        self.spec = RunSpec.from_dict(config.spec)

    def all(self, files: dict[str, StoredFile]) -> None:
        """`files`: the output to restore. Raises FerryError, Ended."""
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE, "fetch") as pool:
            steps: list[Callable[[], None]] = [self._code, *(partial(self._data, mount) for mount in self.spec.data)]
            steps += [partial(self._restore, path, file) for path, file in files.items()]
            jobs = [pool.submit(self.patiently, step) for step in steps]
            try:
                for job in jobs:
                    job.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        Path(self.config.paths["output"], "checkpoints").mkdir(exist_ok=True)
        what = f"code, {len(self.spec.data)} datasets, {len(files)} files of output"
        say(f"fetched {what}: {time.monotonic() - began:.1f} s")

    def patiently(self, step: Callable[[], None], ended: Callable[[], bool] | None = None) -> None:
        """Again and again while the store is away. Raises Ended, and the store's error when it stays away."""
        delay, damaged = 0.2, 0
        while True:
            self._go_on(ended or self.ended)
            try:
                with translated("the pod's disk"):
                    return step()
            except (Forbidden, Full):
                raise
            except Corrupt:  # on its way, or where it lies: only the second look tells
                damaged += 1
                if damaged > DAMAGED:
                    raise
            except Unreachable:
                if self.moved.still > self.config.stall:
                    raise
                time.sleep(delay)
                delay = min(4.0, delay * 2)

    def _go_on(self, ended: Callable[[], bool]) -> None:
        if ended():
            raise Ended

    def _restore(self, path: str, file: StoredFile) -> None:
        target = Path(self.config.paths["output"], path)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy.fetch_file(self.store, file.objects, file.size, file.crc32c, target)
        target.chmod(file.mode | self._shared(file.mode))
        os.utime(target, (file.mtime, file.mtime))
        self.moved.add(file.size)

    def _shared(self, mode: int) -> int:
        """The group's rights when the command runs as another user than we: then the owner's are needed there."""
        return (mode >> 3) & 0o070 if self.spec.run_as == "image" else 0

    def _code(self) -> None:
        if not self.spec.code:
            return
        folder, name = Path(self.config.paths["code"]), layout.snapshot(self.spec.code)
        packed = Path(self.config.paths["control"], ".code.tar.gz")
        with packed.open("wb") as file:
            for piece in self.store.read(name):
                self._go_on(self.ended)
                file.write(piece)
                self.moved.add(len(piece))
        if _content(packed) != self.spec.code:
            raise Corrupt(f"{self.store.url}/{name} is not what its name says")
        _empty(folder)
        archive.unpack(packed, folder)
        packed.unlink()

    def _data(self, mount: DataMount) -> None:
        """A mount with the mark of its version is complete already."""
        folder = Path(self.config.paths["data"])
        mark = folder / f".{mount.name}.complete"
        if mark.exists() and mark.read_text() == mount.version:
            return
        seen = 0

        def report(progress: Progress) -> None:
            nonlocal seen
            self._go_on(self.ended)
            seen, news = progress.done_bytes, progress.done_bytes - seen
            if news > 0:
                self.moved.add(news)

        pull.pull(self.store, mount.dataset, mount.version, folder / mount.name, report)
        hidden = folder / f".{mount.name}.{os.getpid()}"
        hidden.write_text(mount.version)
        hidden.replace(mark)


def _content(packed: Path) -> str:
    """What a snapshot is named by: the sha256 of the tar, so that it does not depend on how it was compressed."""
    try:
        with gzip.open(packed) as tar:
            return hashlib.file_digest(tar, "sha256").hexdigest()
    except (OSError, EOFError, zlib.error):
        return "no gzip file"


def _empty(folder: Path) -> None:
    """A folder that may be a mount point, with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
