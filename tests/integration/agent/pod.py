"""A pod without Kubernetes: the real agent, launcher and wrapper as processes, and the kubelet's part."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from trainferry.agent import launcher
from trainferry.agent.config import for_run
from trainferry.runs import manifest
from trainferry.runs.manifest import OutputManifest
from trainferry.spec.placeholders import Paths, fill, variables
from trainferry.spec.runspec import RunSpec
from trainferry.store import open_store

NUMBERS = itertools.count(1)
WORKER = Path(__file__).with_name("worker.py")


def spec(store: str, *command: str, **more: Any) -> RunSpec:
    """A run of the worker (worker.py) with these words, or of another command when the first word is a path."""
    words = command if command and command[0].startswith(("/", "sh", "nosuch")) else ("python3", str(WORKER), *command)
    return RunSpec(f"t{next(NUMBERS)}", words, store, **more)


def read(run: RunSpec) -> OutputManifest:
    """What readers see."""
    return manifest.load(open_store(run.store), run.full_name)[0]


class Pod:
    """One attempt. `shell` and `python` (a bin folder) are those of the user's image."""

    def __init__(self, folder: Path, run: RunSpec, grace: int = 20, stall: int = 20, **more: Any) -> None:
        self.uid, self.run = uuid.uuid4().hex, run
        self.paths = Paths(*(str(folder / self.uid / name) for name in Paths.__dataclass_fields__))
        for path in asdict(self.paths).values():
            Path(path).mkdir(parents=True)
        self.shell, self.python, self.env = more.pop("shell", ["sh"]), more.pop("python", ""), more.pop("env", {})
        self.grace, self.control, self.output = grace, Path(self.paths.control), Path(self.paths.output)
        self.config = replace(for_run(run, self.paths, grace), **{"stall": stall, "publish_every": 0.5, **more})
        self.console = folder / self.uid / "console"
        self.agent = self._start_agent()
        self.trainer = self._start_trainer()
        self.code: int | None = None
        self._over = threading.Event()
        self._kubelet = threading.Thread(target=self._keep, daemon=True)
        self._kubelet.start()

    def wait(self) -> int:
        """Until the pod is gone; the trainer container's exit code."""
        self._kubelet.join(120)
        assert self.code is not None, f"the pod did not end: {self.said()}"
        return self.code

    def until(self, what: str, happened: Callable[[], object] | None = None) -> "Pod":
        """Wait until something happened, by default until the command has printed `what`."""
        happened = happened or (lambda: what in self.said())
        for _ in range(3000):
            if happened():
                return self
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for {what}: {self.said()}")

    def said(self) -> str:
        """The container's log."""
        return self.console.read_bytes().decode(errors="replace")

    def delete(self) -> "Pod":
        """SIGTERM to the container's first process; SIGKILL after the grace period (in `_keep`).

        Process 1 of a container cannot be ended by a signal that it does not catch yet; here it could be.
        """
        self.until("the launcher's trap", lambda: _catches(self.trainer.pid, signal.SIGTERM))
        self.trainer.send_signal(signal.SIGTERM)
        return self

    def kill(self, who: str) -> "Pod":
        """SIGKILL to agent, launcher, wrapper or command."""
        os.kill(self.pid(who), signal.SIGKILL)
        return self

    def pid(self, who: str) -> int:
        """The process that plays this part."""
        if who in ("agent", "launcher"):
            return {"agent": self.agent, "launcher": self.trainer}[who].pid
        if who == "command":
            return int((self.control / "child").read_text())
        children = Path(f"/proc/{self.trainer.pid}/task/{self.trainer.pid}/children").read_text().split()
        return next(int(c) for c in children if b"wrapper.pyz" in Path(f"/proc/{c}/cmdline").read_bytes())

    def flushed(self) -> dict[str, Any]:
        """The agent's last word."""
        told: dict[str, Any] = json.loads((self.control / "flushed").read_text())
        return told

    def _start_agent(self) -> "subprocess.Popen[bytes]":
        told = {"FERRY_AGENT": self.config.dumps(), "FERRY_ATTEMPT_ID": self.uid, "FERRY_NODE": "node-1"}
        with open(f"{self.console}.agent", "ab") as log:
            return subprocess.Popen([sys.executable, "-m", "trainferry.agent"], env={**os.environ, **told}, stderr=log)

    def _start_trainer(self) -> "subprocess.Popen[bytes]":
        words = fill(self.run.command, self.paths, self.run.data, self.run.class_weights)
        ours = {
            "FERRY_CONTROL": self.paths.control,
            "FERRY_GRACE": str(self.grace),
            "FERRY_STALL": str(self.config.stall),
        }
        environ = {**os.environ, **variables(self.run, self.paths), **ours, "PYTHONUNBUFFERED": "1", **self.env}
        environ["PATH"] = f"{self.python}:{environ['PATH']}" if self.python else environ["PATH"]
        with open(self.console, "wb") as console:
            return subprocess.Popen(
                [*self.shell, "-c", launcher(self.run.bare), "ferry", *words],
                env=environ, cwd=self.paths.code, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip

    def _keep(self) -> None:
        """Restart the agent when it dies; when the trainer ended end the agent, then all that is left."""
        while self.trainer.poll() is None:
            if self.agent.poll() is not None:
                time.sleep(0.2)
                self.agent = self._start_agent()
            time.sleep(0.02)
        code = self.trainer.returncode if self.trainer.returncode >= 0 else 128 - self.trainer.returncode
        _kill_group(self.trainer.pid)
        if (self.control / "child").exists():
            _kill_group(self.pid("command"))
        self.agent.terminate()
        try:
            self.agent.wait(self.grace)
        except subprocess.TimeoutExpired:
            self.agent.kill()
            self.agent.wait()
        self.code = code


def _catches(pid: int, number: int) -> bool:
    """Whether a process has a handler for a signal; True when it ended already."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return True
    caught = next((line.split()[1] for line in lines if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) & 1 << number - 1) or any(line.startswith("State:\tZ") for line in lines)


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
