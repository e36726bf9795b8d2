"""Whole files on their way: when one is sent, a few at a time, and what becomes of the result."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from trainferry.agent.scan import Seen, known
from trainferry.agent.shelf import Shelf
from trainferry.agent.wholes import Torn, Upload
from trainferry.errors import BadInput, FerryError, Unreachable
from trainferry.runs import layout
from trainferry.runs.manifest import StoredFile

UPLOADS = 3  # whole files at a time
TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".swp", "~")  # names of files that are about to be renamed

Result = tuple[StoredFile, Seen, list[str]]


@dataclass
class Unrest:
    """A whole file that is not stored as it is: how it was last seen, and since when it is not."""

    seen: Seen
    since: float


class Sending:
    """`every`: seconds after which a file that does not come to rest is sent all the same; `late`: send no more."""

    def __init__(self, shelf: Shelf, output: Path, every: float) -> None:
        self.shelf, self.output, self.every, self.late = shelf, output, every, False
        self.uploads: dict[str, Future[Result]] = {}
        self.pool = ThreadPoolExecutor(UPLOADS, "upload")
        self._unrest: dict[str, Unrest] = {}
        self._parts: dict[str, str] = {}

    def consider(self, path: str, seen: Seen) -> None:
        """Send a whole file when it rests, when it does not come to rest, or when this is the end."""
        if path in self.uploads or known(self.shelf.attempts.manifest.files.get(path), seen):
            if path not in self.uploads:
                self._unrest.pop(path, None)
            return
        now = time.monotonic()
        unrest = self._unrest.setdefault(path, Unrest(seen, now))
        resting, unrest.seen = unrest.seen == seen and now > unrest.since, seen
        if self.shelf.final or ((resting or now - unrest.since >= self.every) and not path.endswith(TEMPORARY)):
            upload = self._upload(path, seen)
            self._parts[path] = f"{upload.parts}/"
            self.uploads[path] = self.pool.submit(upload.run)

    def is_using(self, name: str) -> bool:
        """Whether an object is one of the parts of something on its way."""
        return name.startswith(tuple(self._parts.values()))

    def wait(self, seconds: float) -> None:
        """Until an upload ends, at most so long."""
        wait(self.uploads.values(), timeout=seconds, return_when=FIRST_COMPLETED)

    def collect(self) -> None:
        """Take the results of uploads that ended. Raises the first error of the store; the file's turn comes again."""
        trouble: FerryError | None = None
        for path, future in list(self.uploads.items()):
            if not future.done():
                continue
            try:
                self._uploaded(path, *future.result())
            except (Torn, FileNotFoundError):
                pass
            except PermissionError as error:
                self.shelf.cannot_read(path, error)
            except BadInput:
                self.shelf.taken.add(path)  # an object where now a folder is, or the other way round
            except FerryError as error:
                trouble = error
            except OSError as error:
                trouble = Unreachable(f"{path}: {error.strerror or error}")
            del self.uploads[path], self._parts[path]
        if trouble:
            raise trouble

    def _upload(self, path: str, seen: Seen) -> Upload:
        shelf, place = self.shelf, self.output / path
        first = path not in shelf.attempts.manifest.files.keys() | shelf.taken
        version = "" if first else f"{time.time_ns():x}"
        return Upload(
            shelf.store,
            place,
            layout.output(shelf.run, shelf.number, path, version),
            layout.parts(shelf.run, shelf.number, f"{seen.inode:x}"),
            shelf.number,
            shelf.moved.once(path, seen),
            self._wanted(place),
        )

    def _wanted(self, place: Path) -> Callable[[Seen], bool]:
        return lambda sent: not (self.shelf.final and (self.late or not _is_still(place, sent)))

    def _uploaded(self, path: str, file: StoredFile, seen: Seen, garbage: Iterable[str]) -> None:
        before = self.shelf.attempts.manifest.files.get(path)
        self.shelf.unnamed.add([*garbage, *self.shelf.own(before.objects if before else [])])
        self._unrest.pop(path, None)
        self.shelf.attempts.publish(path, file)


def _is_still(place: Path, seen: Seen) -> bool:
    """Whether the version being sent is what the path names now."""
    try:
        return Seen.of(place.stat()) == seen
    except OSError:
        return False
