"""One attempt: the two containers of a pod as two process families of this machine."""

import os
import platform
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen
from typing import IO

from trainferry.agent import launcher
from trainferry.agent.config import for_run
from trainferry.local import processes
from trainferry.local.folder import Order, RunFolder, read_json
from trainferry.local.shared_data import SharedData
from trainferry.local.wakeups import Wakeups, bury
from trainferry.spec.placeholders import fill, variables

# In the environment of everything that belongs to a run: how it is found when its supervisor is lost.
MARK = "FERRY_SUPERVISED"
TICK = 0.5  # seconds, for what no signal tells
FETCH_TICK = 0.02  # while it fetches: datasets are sealed before the command gets far
AGENT_BACKOFF = 10.0


class Attempt:
    """Starts agent and launcher as a kubelet does, ends them as it does, and takes the launcher's exit code."""

    def __init__(self, folder: RunFolder, order: Order, number: int, data: SharedData) -> None:
        self.folder, self.order, self.data, self.at = folder, order, data, folder.attempt(number)
        self.paths = folder.paths(number, data.path)
        self.id = uuid.uuid4().hex
        self._children: dict[int, Popen[bytes]] = {}
        self._agent: Popen[bytes] | None = None
        self._agent_starts, self._agent_due = 0, 0.0

    def run(self, wakeups: Wakeups, ending: Callable[[], str]) -> int:
        """Blocks until the attempt is over; the exit code of the launcher. `ending` says why to stop, or ""."""
        self._keep_agent()
        main = self._start_launcher()
        asked = 0.0
        while main.poll() is None:
            self._keep_agent()
            self._share_data()
            if ending() and not asked:
                asked = time.monotonic()
                main.send_signal(signal.SIGTERM)
            if asked and time.monotonic() - asked > self.order.patience.grace:
                main.kill()
            wakeups.wait(FETCH_TICK if self.data.held else TICK)
            bury(self._children)
        self._share_data()
        self._end_family(keep=self._agent)
        self._end_agent(wakeups)
        self.data.release(fetched=False)
        return main.returncode if main.returncode >= 0 else 128 - main.returncode

    @property
    def reason(self) -> str:
        """Why it ended, in one line: the agent's last word, else the wrapper's; "" when nobody could say."""
        told = [read_json(self.control / name) or {} for name in ("flushed", "done")]
        return next((str(words["reason"]) for words in told if words.get("reason")), "")

    @property
    def number(self) -> int:
        """The attempt's number in the store, 0 before the agent knew it."""
        return (read_json(self.control / "ready") or {}).get("attempt") or 0

    @property
    def stored(self) -> bool:
        """Is everything in the store, so that nothing here is needed any more?"""
        return bool((read_json(self.control / "flushed") or {}).get("ok"))

    @property
    def control(self) -> Path:
        return Path(self.paths.control)

    def tidy(self) -> None:
        """Free the disk of what the store has."""
        shutil.rmtree(self.at, ignore_errors=True)

    def _start_launcher(self) -> "Popen[bytes]":
        spec = self.order.spec
        words = fill(spec.command, self.paths, spec.data, spec.class_weights)
        environment = {**outside(os.environ), **dict(spec.env), **variables(spec, self.paths), **self._handshake()}
        # without a wrapper there is no tee: the launcher's stdout is the log
        with open(self.control / "log" if spec.bare else self.at / "console", "ab") as console:
            return self._start("launcher", ["sh", "-c", launcher(spec.bare), "ferry", *words], environment, console)

    def _handshake(self) -> dict[str, str]:
        """The launcher's and the wrapper's settings; no card is handed out, so none is looked for."""
        patience = self.order.patience
        return {
            "PYTHONUNBUFFERED": "1",
            "FERRY_CONTROL": self.paths.control,
            "FERRY_GRACE": str(patience.grace),
            "FERRY_STALL": str(patience.stall),
            "FERRY_GPUS": "0",
        }

    def _keep_agent(self) -> None:
        """Start it; when it died start it again, a little later every time. It keeps its attempt by the id."""
        if self._agent is None:
            for part in (self.paths.control, self.paths.code, self.paths.data, self.paths.output, self.paths.scratch):
                Path(part).mkdir(parents=True, exist_ok=True)
        elif self._agent.poll() is None:
            return
        elif not self._agent_due:
            self._agent_due = time.monotonic() + min(AGENT_BACKOFF, 2.0 ** (self._agent_starts - 1))
        if time.monotonic() >= self._agent_due:
            self._agent, self._agent_due = self._start_agent(), 0.0
            self._agent_starts += 1

    def _start_agent(self) -> "Popen[bytes]":
        config = for_run(self.order.spec, self.paths, self.order.patience.grace)
        identity = {"FERRY_AGENT": config.dumps(), "FERRY_ATTEMPT_ID": self.id, "FERRY_NODE": platform.node()}
        with open(self.folder.log, "ab") as log:
            return self._start(
                "agent", [sys.executable, "-m", "trainferry.agent"], {**outside(os.environ), **identity}, log
            )

    def _start(self, role: str, words: list[str], environment: Mapping[str, str], out: IO[bytes]) -> "Popen[bytes]":
        child = Popen(
            words,
            cwd=self.paths.code,
            env={**environment, MARK: str(self.folder.path)},
            stdin=DEVNULL,
            stdout=out,
            stderr=STDOUT,
            start_new_session=True,
        )
        self._children[child.pid] = child
        if (process := processes.current(child.pid)) is not None:
            self.folder.remember(role, process)
        return child

    def _share_data(self) -> None:
        """Once the agent said that it fetched, others may use the datasets."""
        if self.data.held and (ready := read_json(self.control / "ready")) is not None:
            self.data.release(fetched=not ready.get("error") and not ready.get("already"))

    def _end_agent(self, wakeups: Wakeups) -> None:
        """As the kubelet does after the main container: SIGTERM, the grace period, SIGKILL."""
        agent = self._agent
        if agent is None:
            return
        agent.terminate()
        limit = time.monotonic() + self.order.patience.grace
        while agent.poll() is None and time.monotonic() < limit:
            wakeups.wait(TICK)
        self._end_family(keep=None)

    def _end_family(self, keep: "Popen[bytes] | None") -> None:
        """SIGKILL whatever the attempt left running, as the end of a container does; `keep` and its children live."""
        spared = {keep.pid, *(p.pid for p in processes.descendants(keep.pid))} if keep else set()
        while left := [p for p in processes.descendants(os.getpid()) if p.pid not in spared]:
            for process in left:
                processes.send(process, signal.SIGKILL)
            time.sleep(0.01)
            bury(self._children)


def outside(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's own environment, which is the command's: its PATH names the python that has the user's packages.

    Without FERRY_*: a setting of the tool is no setting of the run, and in a pod it would not be there either.
    """
    return {name: value for name, value in environ.items() if not name.startswith("FERRY_")}
