"""This attempt in the run's manifest: begun or adopted, saved by compare-and-swap, settled by a verdict."""

import time
from dataclasses import asdict, fields, replace
from typing import Any

from trainferry.agent.config import AgentConfig
from trainferry.errors import Changed
from trainferry.runs import exit_codes, layout, manifest, record
from trainferry.runs.groups import is_checkpoint
from trainferry.runs.manifest import Attempt, StoredFile, Verdict, is_appended
from trainferry.runs.record import Record
from trainferry.store import Store

IDLE_ATTEMPTS = 5  # in a row, without a new checkpoint or metric
KNOWN = tuple(field.name for field in fields(Verdict))


class Fenced(Exception):
    """A newer attempt has taken over: nothing of this one may be published any more."""


class Attempts:
    """The manifest as this attempt sees it. Only one thread changes it."""

    def __init__(self, store: Store, config: AgentConfig, identity: str, node: str) -> None:
        self.store, self.config, self.identity, self.node = store, config, identity, node
        self.manifest, self._generation = manifest.OutputManifest(config.run), 0
        self.dirty = False

    def begin(self) -> None:
        """Go on with the attempt of this identity, or start the next one. Raises Fenced when it is an older one."""
        # runs that were applied by others (GitOps) are known in the store too; the first record stays
        record.write(self.store, Record(self.config.run, self.config.spec, when=time.time()))
        while True:
            self.manifest, self._generation = manifest.load(self.store, self.config.run)
            if self.manifest.complete or self._adopt():
                return None
            attempt = Attempt(self.manifest.attempt + 1, self.identity, time.time(), self.node)
            self.manifest.attempts.append(attempt)
            try:
                return self._swap()
            except Changed:
                continue  # somebody else began at the same moment

    @property
    def current(self) -> Attempt:
        return self.manifest.attempts[-1]

    @property
    def number(self) -> int:
        return self.manifest.attempt

    def publish(self, path: str, file: StoredFile) -> None:
        """Names it in the manifest; readers see it after `save`."""
        self.manifest.files[path] = file
        self.current.progress = self.current.progress or (file.attempt == self.number and _is_progress(path))
        self.dirty = True

    def drop(self, path: str) -> StoredFile:
        """No longer named in the manifest, from the next `save` on; returns what it named."""
        self.dirty = True
        return self.manifest.files.pop(path)

    def save(self) -> None:
        """Swap the manifest in when it changed. Raises Fenced."""
        if self.dirty:
            try:
                self._swap()
            except Changed as error:
                raise Fenced from error

    def settle(self, verdict: Verdict) -> Verdict:
        """Write down how the attempt ended, once; returns the verdict with the caps on retries applied."""
        if self.current.verdict is None:
            self.manifest.own_failures += _counted(verdict)
            self.current.verdict = self._capped(verdict)
            self.manifest.complete = verdict.exit == 0
            self.dirty = True
        settled = self.current.verdict
        text = manifest.dumps_json(asdict(settled))
        self.store.put(layout.verdict(self.config.run, self.number), text)
        self.save()
        return settled

    def _adopt(self) -> bool:
        ids = [attempt.id for attempt in self.manifest.attempts]
        if self.identity in ids[:-1]:
            raise Fenced
        return self.identity in ids

    def _swap(self) -> None:
        self._generation = manifest.save(self.store, self.manifest, self._generation)
        self.dirty = False

    def _capped(self, verdict: Verdict) -> Verdict:
        """Exit 78 after --retries own failures, or after attempts that led nowhere."""
        retries = int(self.config.spec.get("retries") or 0)
        if retries and _counted(verdict) and self.manifest.own_failures > retries:
            said = f"gave up after {self.manifest.own_failures} failures: {verdict.reason}"
            return replace(verdict, exit=exit_codes.GIVE_UP, reason=said)
        if verdict.exit == exit_codes.AGAIN and verdict.code is not None and self._idle() >= IDLE_ATTEMPTS:
            said = f"gave up: {self._idle()} attempts in a row without a new checkpoint or metric: {verdict.reason}"
            return replace(verdict, exit=exit_codes.GIVE_UP, reason=said)
        return verdict

    def _idle(self) -> int:
        """Attempts in a row, this one included, whose command began and made no progress."""
        count = 0
        for attempt in reversed(self.manifest.attempts):
            if attempt.progress:
                break
            count += attempt is self.current or (attempt.verdict is not None and attempt.verdict.code is not None)
        return count


def verdict_of(done: dict[str, Any]) -> Verdict:
    """The verdict in the file `done`; launchers write fewer fields than the wrapper."""
    known = {key: value for key, value in done.items() if key in KNOWN}
    return Verdict(**{"code": None, "exit": 1, "by": "launcher", "ended": time.time(), **known})


def _counted(verdict: Verdict) -> bool:
    return verdict.exit != 0 and exit_codes.meaning(verdict.exit).retry == "counted"


def _is_progress(path: str) -> bool:
    return path.startswith("checkpoints/") or is_checkpoint(path) or is_appended(path)
