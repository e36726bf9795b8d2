"""A user's desk: an own state folder, a store, and python on the path. Whatever still runs at the end is ended."""

import gzip
import hashlib
import io
import os
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trainferry.local import processes
from trainferry.local.engine import LocalEngine
from trainferry.local.folder import Patience, RunFolder
from trainferry.runs import layout, manifest
from trainferry.runs.manifest import OutputManifest
from trainferry.runs.phases import Outcome, Status
from trainferry.spec.runspec import RunSpec
from trainferry.store import Store, open_store

FIXTURES = Path(__file__).parents[2] / "e2e" / "fixtures"
PATIENCE = Patience(grace=20, stall=20, backoff=0.1, longest=1.0)


@dataclass(frozen=True)
class Plan:
    spec: RunSpec


@dataclass(frozen=True)
class Desk:
    """The engine and the store as a test sees them."""

    engine: LocalEngine
    store: Store

    def spec(self, *command: str, code: dict[str, str] | None = None, **fields: Any) -> RunSpec:
        """A run of `command`, with a snapshot of the files `code` when there are some."""
        digest = self._snapshot(code) if code else ""
        return RunSpec(fields.pop("name", "base"), command, self.store.url, code=digest, **fields)

    def submit(self, spec: RunSpec) -> bool:
        return self.engine.submit(Plan(spec))

    def run(self, spec: RunSpec) -> Outcome:
        """Submit and wait for the end."""
        self.submit(spec)
        return self.outcome(spec)

    def outcome(self, spec: RunSpec) -> Outcome:
        """How the run ended, once its supervisor has tidied up."""
        for _ in self.engine.watch(spec.full_name):
            pass
        supervisor = RunFolder(self.engine.home, spec.full_name).supervisor()
        until("the supervisor's end", lambda: supervisor is None or not processes.alive(supervisor))
        return self.engine.outcome(spec.full_name)

    def status(self, spec: RunSpec) -> Status:
        return self.engine.status(spec.full_name)

    def manifest(self, spec: RunSpec) -> OutputManifest:
        return manifest.load(self.store, spec.full_name)[0]

    def stored(self, spec: RunSpec, path: str) -> bytes:
        return b"".join(self.store.get(name) for name in self.manifest(spec).files[path].objects)

    def log(self, spec: RunSpec) -> bytes:
        """All attempts, as the store has them."""
        logs = [attempt.log for attempt in self.manifest(spec).attempts if attempt.log]
        return b"".join(self.store.get(name) for log in logs for name in log.objects)

    def pids(self, spec: RunSpec) -> list[int]:
        """Everything that runs for this run."""
        return [p.pid for p in processes.carrying("FERRY_SUPERVISED", str(self.engine.home / "runs" / spec.full_name))]

    def pid(self, spec: RunSpec, words: str) -> int:
        """The process of this run whose command line holds `words`."""
        return next(pid for pid in self.pids(spec) if words in command_line(pid))

    def _snapshot(self, files: dict[str, str]) -> str:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        digest = hashlib.sha256(gzip.decompress(buffer.getvalue())).hexdigest()
        self.store.put(layout.snapshot(digest), buffer.getvalue())
        return digest


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def until(what: str, happens: Callable[[], object], patience: float = 60) -> None:
    """Wait for a condition; a test that waits in vain says for what."""
    limit = time.monotonic() + patience
    while not happens():
        assert time.monotonic() < limit, f"waited {patience:.0f} s in vain: {what}"
        time.sleep(0.05)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    engine = LocalEngine(tmp_path / "state", PATIENCE, tick=0.02)
    yield Desk(engine, open_store((tmp_path / "store").as_uri()))
    for row in engine.runs():
        engine.delete(row.run, wait=True)


@pytest.fixture
def worker() -> dict[str, str]:
    return {"worker.py": (FIXTURES / "worker.py").read_text()}
