"""The output, published while it grows: chunks of growing files, whole files once they rest."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trainferry.agent import unnamed
from trainferry.agent.appended import Appended, Rewritten
from trainferry.agent.attempts import Attempts
from trainferry.agent.moved import Moved
from trainferry.agent.retention import Retention
from trainferry.agent.scan import Seen, known, scan
from trainferry.agent.unnamed import Unnamed
from trainferry.agent.wholes import Torn, Upload
from trainferry.agent.words import say
from trainferry.errors import BadInput, Corrupt, FerryError, Unreachable
from trainferry.runs import layout
from trainferry.runs.manifest import StoredFile, is_appended
from trainferry.store import Store

SOON = 1 << 20  # bytes of a growing file that do not wait for the next round
UPLOADS = 3  # whole files at a time
TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".swp", "~")  # names of files that are about to be renamed
LOG = "\0log"  # no file can be called so


class TooLate(Exception):
    """The pod is about to be killed; what is stored is stored."""


Result = tuple[StoredFile, Seen, list[str]]


@dataclass
class Unrest:
    """A whole file that is not stored as it is: how it was last seen, and since when it is not."""

    seen: Seen
    since: float


class Publisher:
    """One thread calls `tick`, then `finish`; uploads of whole files run beside it."""

    def __init__(self, store: Store, attempts: Attempts, output: Path, log: Path, moved: Moved, every: float) -> None:
        self.store, self.attempts, self.output, self.log, self.moved, self.every = (
            store, attempts, output, log, moved, every,
        )  # fmt: skip
        self._growing: dict[str, Appended] = {}
        self._rewritten: set[str] = set()
        self._unrest: dict[str, Unrest] = {}
        self._uploads: dict[str, Future[Result]] = {}
        self._unnamed = Unnamed()
        self._retention = Retention(int(attempts.config.spec.get("keep") or 0))
        self._dropped: set[str] = set()
        self._skipped: dict[str, str] = {}
        self._unreadable: dict[str, str] = {}
        self._in_the_way: set[str] = set()
        self._pool = ThreadPoolExecutor(UPLOADS, "upload")
        self._next_scan = self._next_round = 0.0
        self._final = self._late = False

    def tick(self) -> None:
        """Often: look around when it is time. Raises Fenced, and FerryError when the store did not take something."""
        now = time.monotonic()
        if now < self._next_scan:
            return
        is_round = now >= self._next_round
        self._next_round = now + self.every if is_round else self._next_round
        self._look(is_round)
        self._collect()
        if is_round:
            self._save()
            self._sweep()
        self._next_scan = time.monotonic() + max(min(1.0, self.every / 5), 10 * (time.monotonic() - now))

    def finish(self, over: Callable[[], bool] = lambda: False) -> None:
        """Everything as it lies there now, and what is gone is dropped. The command has ended.

        Raises as `tick`, and TooLate when `over` says that there is no time left: the rest stays unstored.
        """
        self._final, self._unreadable = True, {}
        files = self._look(is_round=True)
        while self._uploads:
            self._await(over)
            files = self._look(is_round=True)
        for path in self._growing.keys() - self._rewritten:
            self._guard(path, self._growing[path].finish)
        self._look(is_round=True)
        self._await(over)
        self._drop(self._retention.passed(self.attempts.manifest, files, ended=True))
        for path in set(self.attempts.manifest.files) - set(files):
            if not self._retention.remains(path, self.attempts.manifest):
                self.attempts.drop(path)
        if self._unreadable:
            raise BadInput("; ".join(f"{path}: {why}" for path, why in sorted(self._unreadable.items())[:3]))

    def tidy(self, patience: float) -> None:
        """After the end: remove what nobody needs, for `patience` seconds."""
        end = time.monotonic() + patience

        def delete(name: str) -> None:
            if time.monotonic() < end:
                self._delete(name)

        if not self.attempts.dirty:  # else the manifest in the store may still name them
            self._unnamed.saved()
        with ThreadPoolExecutor(16) as pool:
            pool.map(delete, self._unnamed.due(linger=0))

    def _look(self, is_round: bool) -> dict[str, Seen]:
        found = scan(self.output)
        for path, why in found.refused.items():
            _say_once(self._skipped, path, why)
        if self.log.exists():
            self._grow(LOG, self.log, self.log.stat().st_size, is_round)
        passed = self._retention.passed(self.attempts.manifest, found.files, self._final)
        self._drop(passed)
        for path, seen in found.files.items():
            if path in passed:
                continue
            if is_appended(path) and path not in self._rewritten:
                self._grow(path, self.output / path, seen.size, is_round)
            if not is_appended(path) or path in self._rewritten:
                self._consider(path, seen)
        return found.files

    def _drop(self, paths: set[str]) -> None:
        """Neither named nor kept any more: checkpoints that have had their day."""
        for path in paths & self.attempts.manifest.files.keys():
            self._unnamed.add(self.attempts.drop(path).objects)
            self._dropped.add(path)
            self._growing.pop(path, None)

    def _grow(self, path: str, place: Path, size: int, is_round: bool) -> None:
        growing = self._growing.get(path) or self._growing.setdefault(path, self._appended(path, place))

        def chunks() -> bool:
            due = is_round or growing.pending(size) >= SOON
            changed = False
            while due and growing.pending(size) and growing.publish(self.moved.add):
                changed = True
            return changed

        self._guard(path, chunks)

    def _guard(self, path: str, step: Callable[[], bool]) -> None:
        """Do something with a growing file; one that was rewritten becomes a whole file."""
        growing = self._growing[path]
        try:
            if step():
                self._name(path, growing.stored)
                self._unnamed.add(growing.garbage)
                growing.garbage = []
        except FileNotFoundError:
            pass  # it went away while we looked
        except (Rewritten, Corrupt) as error:
            if path == LOG:  # the wrapper only ever adds to it: what is stored is wrong
                del self._growing[path]
                self.attempts.current.log = None
            elif isinstance(error, Rewritten) or self._final:
                self._rewritten.add(path)
            else:
                raise
        except BadInput:
            self._rewritten.add(path)
            self._in_the_way.add(path)
        except PermissionError as error:
            _say_once(self._unreadable, path, f"{error.strerror}".lower())

    def _name(self, path: str, file: StoredFile) -> None:
        if path == LOG:
            self.attempts.current.log, self.attempts.dirty = file, True
        else:
            self.attempts.publish(path, file)

    def _appended(self, path: str, place: Path) -> Appended:
        run, number = self.attempts.config.run, self.attempts.number
        if path == LOG:
            log = layout.log(run, number)
            return Appended(self.store, place, (f"{log}.parts", log), number, self.attempts.current.log)
        names = layout.parts(run, number, path), layout.output(run, number, path)
        return Appended(self.store, place, names, number, self.attempts.manifest.files.get(path))

    def _consider(self, path: str, seen: Seen) -> None:
        """Send a whole file when it rests, when it does not come to rest, or when this is the end."""
        if path in self._uploads or known(self.attempts.manifest.files.get(path), seen):
            if path not in self._uploads:
                self._unrest.pop(path, None)
            return
        now = time.monotonic()
        unrest = self._unrest.setdefault(path, Unrest(seen, now))
        resting, unrest.seen = unrest.seen == seen and now > unrest.since, seen
        if self._final or ((resting or now - unrest.since >= self.every) and not path.endswith(TEMPORARY)):
            self._uploads[path] = self._pool.submit(self._upload(path, seen).run)

    def _upload(self, path: str, seen: Seen) -> Upload:
        run, number = self.attempts.config.run, self.attempts.number
        first = path not in self.attempts.manifest.files.keys() | self._in_the_way | self._dropped
        version = "" if first else f"{time.time_ns():x}"
        place = self.output / path
        return Upload(
            self.store,
            place,
            layout.output(run, number, path, version),
            layout.parts(run, number, f"{seen.inode:x}"),
            number,
            self.moved.once(path, seen),
            lambda sent: not (self._final and (self._late or not _is_still(place, sent))),
        )

    def _await(self, over: Callable[[], bool]) -> None:
        """Until no upload is under way; what has arrived meanwhile is named, for whoever reads if we are killed."""
        while self._uploads:
            wait(self._uploads.values(), timeout=0.1, return_when=FIRST_COMPLETED)
            self._collect()
            if time.monotonic() >= self._next_round:
                self._save()
                self._next_round = time.monotonic() + self.every
            if over():
                self._late = True
                raise TooLate

    def _collect(self) -> None:
        """Take the results of uploads that ended. Raises the first error of the store; the file's turn comes again."""
        trouble: FerryError | None = None
        for path, future in list(self._uploads.items()):
            if not future.done():
                continue
            try:
                self._uploaded(path, *future.result())
            except (Torn, FileNotFoundError):
                pass
            except PermissionError as error:
                _say_once(self._unreadable, path, f"{error.strerror}".lower())
            except BadInput:
                self._in_the_way.add(path)  # an object where now a folder is, or the other way round
            except FerryError as error:
                trouble = error
            except OSError as error:
                trouble = Unreachable(f"{path}: {error.strerror or error}")
            del self._uploads[path]
        if trouble:
            raise trouble

    def _uploaded(self, path: str, file: StoredFile, seen: Seen, garbage: Iterable[str]) -> None:
        before = self.attempts.manifest.files.get(path)
        own = layout.output(self.attempts.config.run, self.attempts.number, "").rstrip("/")
        old = before.objects if before else []
        self._unnamed.add([*garbage, *(name for name in old if name.startswith((own + "/", own + ".")))])
        self._unrest.pop(path, None)
        self.attempts.publish(path, file)

    def _save(self) -> None:
        self.attempts.save()
        self._unnamed.saved()

    def _sweep(self) -> None:
        for name in self._unnamed.due(unnamed.LINGER):
            self._pool.submit(self._delete, name)

    def _delete(self, name: str) -> None:
        with suppress(FerryError):  # it stays, in nobody's way
            self.store.delete(name)


def _say_once(known: dict[str, str], path: str, why: str) -> None:
    if known.get(path) != why:
        known[path] = why
        say(f"not stored: {path}: {why}")


def _is_still(place: Path, seen: Seen) -> bool:
    """Whether the version being sent is what the path names now."""
    try:
        return Seen.of(place.stat()) == seen
    except OSError:
        return False
