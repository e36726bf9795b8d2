"""A run whose Job is gone, as far as the store knows it."""

from dataclasses import dataclass

from trainferry.runs import phases
from trainferry.runs.manifest import OutputManifest
from trainferry.runs.phases import Outcome, Status
from trainferry.store import Store

DELETED = "deleted; what was stored is kept"


@dataclass(frozen=True)
class Found:
    """A run by its full name, the store of its results, and whether the engine still has it."""

    run: str
    store: Store
    known: bool


def status(manifest: OutputManifest) -> Status:
    """Succeeded when all of it is stored, Failed when its last attempt ended by itself, else Stopped."""
    ended = outcome(manifest)
    phase = phases.SUCCEEDED if ended.succeeded else phases.STOPPED if ended.exit_code is None else phases.FAILED
    return Status(phase, manifest.attempt, detail=ended.reason, exit_code=ended.exit_code)


def outcome(manifest: OutputManifest) -> Outcome:
    """The verdict of the last attempt; one that was interrupted was not followed by another."""
    verdict = manifest.attempts[-1].verdict if manifest.attempts else None
    if manifest.complete:
        return Outcome(True, 0)
    if verdict is None or verdict.terminated:
        return Outcome(False, None, DELETED)
    return Outcome(False, verdict.exit, verdict.reason)
