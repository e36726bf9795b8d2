"""`output.json`: the manifest of a run's output that every reader trusts. Changed by compare-and-swap only."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from trainferry.runs import layout
from trainferry.runs.swap import swap
from trainferry.store import Store

FORMAT = 1


@dataclass
class StoredFile:
    """Bytes = the objects one after the other; `crc32c` and `sha256` (hex, "" where unknown) over all.

    `attempt` published it; `mtime` in seconds.
    """

    objects: list[str]
    size: int
    crc32c: int
    attempt: int
    mode: int = 0o644
    mtime: float = 0.0
    sha256: str = ""


@dataclass
class Verdict:
    """How an attempt ended. `code` is the command's own exit code (128 + signal when killed), `exit` the container's.

    by: command | wrapper | launcher | fetch | agent | already-done. `reason`: one line for people.
    """

    code: int | None
    exit: int
    by: str
    signal: int = 0
    oom_kills: int = 0
    terminated: bool = False  # SIGTERM came from outside
    reason: str = ""
    ended: float = 0.0


@dataclass
class Attempt:
    """One start of the command. `id` is the pod's uid: the agent keeps its attempt over its own restarts."""

    number: int
    id: str
    started: float
    node: str = ""
    log: StoredFile | None = None
    verdict: Verdict | None = None
    progress: bool = False  # it published a checkpoint or a metric


@dataclass
class OutputManifest:
    """`files`: path below {output} -> where its bytes are. `complete` is written before anything exits 0."""

    run: str
    files: dict[str, StoredFile] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    complete: bool = False
    own_failures: int = 0
    format: int = FORMAT

    @property
    def attempt(self) -> int:
        """The number of the newest attempt, 0 before the first."""
        return self.attempts[-1].number if self.attempts else 0

    def dumps(self) -> bytes:
        """The object's bytes, the same for the same manifest."""
        return dumps_json(asdict(self))

    @classmethod
    def loads(cls, data: bytes) -> "OutputManifest":
        """The manifest that `dumps` wrote."""
        plain: dict[str, Any] = json.loads(data)
        plain["files"] = {path: StoredFile(**entry) for path, entry in plain["files"].items()}
        plain["attempts"] = [_attempt(entry) for entry in plain["attempts"]]
        return cls(**plain)


def _attempt(plain: dict[str, Any]) -> Attempt:
    log, verdict = plain.pop("log"), plain.pop("verdict")
    return Attempt(**plain, log=StoredFile(**log) if log else None, verdict=Verdict(**verdict) if verdict else None)


def is_appended(path: str) -> bool:
    """Files that only grow while a command runs: event files and JSON lines."""
    return path.endswith(".jsonl") or "tfevents" in path.rpartition("/")[2]


def dumps_json(value: object) -> bytes:
    """The same bytes for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def load(store: Store, run: str) -> tuple[OutputManifest, int]:
    """The manifest and its generation; an empty one and 0 before the first attempt."""
    name = layout.output_manifest(run)
    info = store.stat(name)
    if info is None:
        return OutputManifest(run), 0
    return OutputManifest.loads(store.get(name)), info.generation


def save(store: Store, manifest: OutputManifest, generation: int) -> int:
    """Compare-and-swap; returns the new generation. Raises Changed when somebody else wrote in between."""
    return swap(store, layout.output_manifest(manifest.run), manifest.dumps(), generation).generation
