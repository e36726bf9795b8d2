"""A pod's agent as one command: the run's output is on the pod's disk, and has to be in the store when it ends."""

import json
import os
import shutil
import signal
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tests.integration.faults import litter
from tests.integration.faults.scenarios import content
from trainferry.agent.config import AgentConfig, for_run
from trainferry.agent.life import Agent
from trainferry.errors import Unreachable
from trainferry.runs import layout, manifest, reader
from trainferry.runs.manifest import OutputManifest
from trainferry.spec.placeholders import Paths
from trainferry.spec.runspec import RunSpec
from trainferry.store import Store

STALL = 8  # seconds without a byte moved


class Publish:
    """A checkpoint, a growing file and a log. A pod that could not store them is followed by another one."""

    def __init__(self, size: int) -> None:
        self.size = size

    def warm(self) -> None:
        content(3, self.size)

    def prepare(self, store: Store, folder: Path) -> None:
        (folder / "size").write_text(str(self.size))
        self._new_pod(folder, 1)

    def run(self, store: Store, folder: Path) -> None:
        """One agent: the same pod's again when it was killed, the next pod's when it gave up."""
        told = _flushed(folder)
        if told and told["exit"] != 0:
            self._new_pod(folder, int((folder / "pod").read_text()) + 1)
        os.umask(0o002)
        config = _config(store.url, folder)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Thread(target=_command, args=(Path(config.paths["control"]),), daemon=True).start()
        Agent(config, store, f"pod-{(folder / 'pod').read_text()}", "node-1").run()
        told = _flushed(folder)
        if told.get("exit") != 0:
            raise Unreachable(f"not stored: {told.get('reason', 'the agent said nothing')}")

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        run = _config(store.url, folder).run
        found = manifest.load(store, run)[0]
        said = [] if found.complete or not ended else ["the run is not complete"]
        written = {path: _written(folder / "output" / path) for path in ("checkpoints/last.pt", "metrics.jsonl")}
        if ended and set(found.files) != set(written):
            said.append(f"the manifest names {sorted(found.files)}")
        said += [
            f"{path} is not what was written" for path in found.files if _read(store, found, path) != written[path]
        ]
        log = b"".join(reader.log(store, run))
        whole = _written(folder / "control" / "log")
        said += [] if log == whole or not ended else ["the log is not what was written"]
        own = {
            layout.record(run),
            layout.output_manifest(run),
            *(layout.verdict(run, one.number) for one in found.attempts),
        }
        stored = [*found.files.values(), *(one.log for one in found.attempts if one.log)]
        return said + litter.unknown(store, own | {name for one in stored for name in one.objects}, ended)

    def _new_pod(self, folder: Path, number: int) -> None:
        """An empty disk but for what the command would have written by now."""
        for path in asdict(_paths(folder)).values():
            shutil.rmtree(path, ignore_errors=True)
            Path(path).mkdir(parents=True)
        (folder / "pod").write_text(str(number))


def _command(control: Path) -> None:
    """The command of the run: it begins when everything is there, writes its output and ends; then the pod does."""
    while not (control / "ready").exists():
        time.sleep(0.01)
    error = json.loads((control / "ready").read_text())["error"]
    if not (control / "done").exists():
        done = {"code": 0, "exit": 0, "by": "command", "reason": ""}
        if error is None:
            _write(control.parent)
        else:
            done = {"code": None, "exit": error["code"], "by": "fetch", "reason": error["reason"]}
        _appear(control / "done", json.dumps(done | {"ended": 1.0}))
    while True:  # again and again: the agent may not listen yet, when it finds `flushed` there
        time.sleep(0.05)
        if (control / "flushed").exists():
            os.kill(os.getpid(), signal.SIGTERM)


def _write(folder: Path) -> None:
    size = int((folder / "size").read_text())
    (folder / "output/checkpoints").mkdir(exist_ok=True)
    for path, data in {
        "control/log": b"a line\n" * 1000,
        "output/metrics.jsonl": b'{"step": 1}\n' * 100_000,
        "output/checkpoints/last.pt": content(3, size),
    }.items():
        if not (folder / path).exists() or (folder / path).stat().st_size != len(data):
            _appear(folder / path, data)


def _appear(path: Path, data: bytes | str) -> None:
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    hidden.write_bytes(data if isinstance(data, bytes) else data.encode())
    os.replace(hidden, path)


def _config(url: str, folder: Path) -> AgentConfig:
    paths = _paths(folder)
    config = for_run(RunSpec("base", ("true",), url), paths, 20)
    return replace(config, stall=STALL, publish_every=0.3)


def _paths(folder: Path) -> Paths:
    return Paths(*(str(folder / name) for name in Paths.__dataclass_fields__))


def _flushed(folder: Path) -> dict[str, Any]:
    path = folder / "control/flushed"
    told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return told


def _written(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _read(store: Store, found: OutputManifest, path: str) -> bytes:
    return b"".join(reader.pieces(store, found.files[path]))
