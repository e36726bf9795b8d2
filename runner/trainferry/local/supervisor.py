"""`python -m trainferry.local.supervisor HOME RUN`: one run's kubelet and Job controller, without a terminal."""

import itertools
import os
import platform
import shutil
import sys
import time
from pathlib import Path

from trainferry.local import processes
from trainferry.local.attempt import TICK, Attempt
from trainferry.local.folder import Order, RunFolder
from trainferry.local.shared_data import SharedData
from trainferry.local.wakeups import Wakeups, adopt_orphans
from trainferry.runs import phases
from trainferry.runs.exit_codes import meaning
from trainferry.runs.phases import Status

DELETED, LOST, DEADLINE = "Deleted", "Lost", "DeadlineExceeded"


class Supervisor:
    """Attempt after attempt, by the exit-code table, until the run is finished."""

    def __init__(self, folder: RunFolder, order: Order) -> None:
        self.folder, self.order = folder, order
        self.wakeups = Wakeups()
        self.failures = 0  # counted against --retries
        self.number = folder.status().attempt  # the newest one that the store knows

    def supervise(self) -> None:
        """Returns when the run is finished; its folder says how, or is gone when the run was deleted."""
        for count in itertools.count(1):
            attempt = Attempt(self.folder, self.order, count, SharedData(self.folder.home, self.order.spec))
            self._say(phases.FETCHING, pod=str(attempt.at))
            code = self._run(attempt)
            self.number = max(attempt.number, self.number)
            self._after(attempt, code, delay=self._delay(count))
            if attempt.stored or code == 0:
                attempt.tidy()
            if self.folder.status().finished:
                break
        with self.folder.lock():  # who asks for an end does it under the lock, before it sees a finished run
            if self.folder.stop.exists():
                shutil.rmtree(self.folder.path)

    def ending(self) -> str:
        """Why the run has to stop now, or ""."""
        if self.folder.stop.exists():
            return DELETED
        if self.wakeups.terminated:
            return LOST
        deadline = self.order.spec.deadline
        return DEADLINE if deadline and time.time() > self.order.created + deadline else ""

    def _run(self, attempt: Attempt) -> int | None:
        """The exit code; None when the run was stopped while it waited for another one that fetches the same data."""
        while not attempt.data.acquire():
            if self.ending():
                return None
            self.wakeups.wait(TICK)
        return attempt.run(self.wakeups, self.ending)

    def _after(self, attempt: Attempt, code: int | None, delay: float) -> None:
        """Decide as the Job controller would: finished, or waiting for another start."""
        what = meaning(code) if code is not None else None
        self.failures += what is not None and code != 0 and what.retry == "counted"
        reason = attempt.reason or (f"exit code {code}: {what.text}" if what else "")
        if code == 0:
            self._say(phases.SUCCEEDED, exit_code=code)
        elif why := self.ending():
            self._stopped(why, code)
        elif what is None or what.retry == "never" or (what.retry == "counted" and self._exhausted):
            detail = self._with_place(reason, attempt)
            self._say(phases.FAILED, exit_code=code, reason=what.text if what else "", detail=detail)
        else:
            self._wait(code, f"{reason}; next start in {delay:.0f} s", delay)

    @property
    def _exhausted(self) -> bool:
        return self.failures > self.order.spec.retries

    def _wait(self, code: int | None, detail: str, delay: float) -> None:
        self._say(phases.QUEUED, exit_code=code, reason="BackOff", detail=detail)
        due = time.monotonic() + delay
        while not (why := self.ending()) and time.monotonic() < due:
            self.wakeups.wait(due - time.monotonic())
        if why:
            self._stopped(why, code)

    def _delay(self, count: int) -> float:
        return float(min(self.order.patience.longest, self.order.patience.backoff * 2 ** (count - 1)))

    def _stopped(self, why: str, code: int | None) -> None:
        details = {
            DELETED: "deleted; what was stored is kept",
            LOST: "its supervisor was told to end (a shutdown?); the same `ferry run` goes on from what is stored",
            DEADLINE: f"not finished after {self.order.spec.deadline} s (--deadline)",
        }
        phase = phases.STOPPED if why == DELETED else phases.FAILED
        self._say(phase, exit_code=code, reason=why, detail=details[why])

    def _with_place(self, reason: str, attempt: Attempt) -> str:
        return reason if attempt.stored else f"{reason}; not all of it was stored, it is left in {attempt.paths.output}"

    def _say(self, phase: str, **more: str | int | None) -> None:
        self.folder.write_status(Status(phase, attempt=self.number, node=platform.node(), **more))  # type: ignore[arg-type]


def main(home: str, run: str) -> None:
    """Detach, and supervise. When the first process ends, `supervisor.pid` is written."""
    folder = RunFolder(Path(home), run)
    if child := os.fork():
        process = processes.current(child)
        if process is not None:
            folder.write_supervisor(process)
        os._exit(0 if process else 1)
    order = folder.order()
    if order is not None:
        adopt_orphans()
        Supervisor(folder, order).supervise()


if __name__ == "__main__":
    main(*sys.argv[1:])
