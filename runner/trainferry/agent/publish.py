"""The output, published while it grows: chunks of growing files, whole files once they rest."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from trainferry.agent import unnamed
from trainferry.agent.attempts import Attempts
from trainferry.agent.growing import LOG, Growing
from trainferry.agent.moved import Moved
from trainferry.agent.retention import Retention
from trainferry.agent.scan import Seen, scan
from trainferry.agent.sending import Sending
from trainferry.agent.shelf import Shelf, say_once
from trainferry.errors import BadInput, FerryError, Full
from trainferry.runs.manifest import is_appended
from trainferry.store import Store


class TooLate(Exception):
    """The pod is about to be killed; what is stored is stored."""


class Publisher:
    """One thread calls `tick`, then `finish`; uploads of whole files run beside it."""

    def __init__(self, store: Store, attempts: Attempts, output: Path, log: Path, moved: Moved, every: float) -> None:
        self.attempts, self.output, self.log, self.every = attempts, output, log, every
        self.shelf = Shelf(store, attempts, moved)
        self.growing, self.sending = Growing(self.shelf), Sending(self.shelf, output, every)
        self.retention = Retention(int(attempts.config.spec.get("keep") or 0))
        self._skipped: dict[str, str] = {}
        self._next_scan = self._next_round = 0.0

    def tick(self) -> None:
        """Often: look around when it is time. Raises Fenced, and FerryError when the store did not take something."""
        now = time.monotonic()
        if now < self._next_scan:
            return
        is_round = now >= self._next_round
        self._next_round = now + self.every if is_round else self._next_round
        self._look(is_round)
        self.sending.collect()
        if is_round:
            self.shelf.save()
            self._sweep()
        self._next_scan = time.monotonic() + max(min(1.0, self.every / 5), 10 * (time.monotonic() - now))

    def finish(self, over: Callable[[], bool] = lambda: False) -> None:
        """Everything as it lies there now, and what is gone is dropped. The command has ended.

        Raises as `tick`, and TooLate when `over` says that there is no time left: the rest stays unstored.
        """
        self.shelf.final, self.shelf.unreadable = True, {}
        files = self._look(is_round=True)
        while self.sending.uploads:
            self._await(over)
            files = self._look(is_round=True)
        self.growing.finish()
        self._look(is_round=True)
        self._await(over)
        self._drop(self.retention.passed(self.attempts.manifest, files, ended=True))
        for path in set(self.attempts.manifest.files) - set(files):
            if not self.retention.remains(path, self.attempts.manifest):
                self.attempts.drop(path)
        if self.shelf.unreadable:
            raise BadInput("; ".join(f"{path}: {why}" for path, why in sorted(self.shelf.unreadable.items())[:3]))

    def tidy(self, patience: float) -> None:
        """After the end: remove what nobody needs, for `patience` seconds."""
        end = time.monotonic() + patience

        def delete(name: str) -> None:
            if time.monotonic() < end:
                self._delete(name)

        if not self.attempts.dirty:  # else the manifest in the store may still name them
            self.shelf.unnamed.saved()
        with ThreadPoolExecutor(16) as pool:
            pool.map(delete, self.shelf.unnamed.due(linger=0))

    def _look(self, is_round: bool) -> dict[str, Seen]:
        found = scan(self.output)
        for path, why in found.refused.items():
            say_once(self._skipped, path, why)
        if self.log.exists():
            self.growing.grow(LOG, self.log, self.log.stat().st_size, is_round)
        passed = self.retention.passed(self.attempts.manifest, found.files, self.shelf.final)
        self._drop(passed)
        for path, seen in found.files.items():
            if path in passed:
                continue
            if is_appended(path) and path not in self.growing.rewritten:
                self.growing.grow(path, self.output / path, seen.size, is_round)
            if not is_appended(path) or path in self.growing.rewritten:
                self.sending.consider(path, seen)
        return found.files

    def _drop(self, paths: set[str]) -> None:
        """Neither named nor kept any more: checkpoints that have had their day."""
        for path in paths & self.attempts.manifest.files.keys():
            self.shelf.unnamed.add(self.attempts.drop(path).objects)
            self.shelf.taken.add(path)
            self.growing.forget(path)

    def _await(self, over: Callable[[], bool]) -> None:
        """Until no upload is under way; what has arrived meanwhile is named, for whoever reads if we are killed."""
        while self.sending.uploads:
            self.sending.wait(0.1)
            try:
                self.sending.collect()
            except Full:
                with suppress(FerryError):
                    self.shelf.save()  # one file does not fit: the others are named all the same
                raise
            if time.monotonic() >= self._next_round:
                self.shelf.save()
                self._next_round = time.monotonic() + self.every
            if over():
                self.sending.late = True
                raise TooLate

    def _sweep(self) -> None:
        for name in list(self.shelf.unnamed.due(unnamed.LINGER)):
            if self.sending.is_using(name):
                self.shelf.unnamed.add([name])
            else:
                self.sending.pool.submit(self._delete, name)

    def _delete(self, name: str) -> None:
        with suppress(FerryError):  # it stays, in nobody's way
            self.shelf.store.delete(name)
