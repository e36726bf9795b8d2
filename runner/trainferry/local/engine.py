"""The engine that is this machine: same verbs, same words, same results as a cluster."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from trainferry.errors import BadInput, FerryError, Missing
from trainferry.local import logs, processes, survivors
from trainferry.local.attempt import MARK
from trainferry.local.folder import Order, Patience, RunFolder, home
from trainferry.local.supervisor import DELETED, LOST
from trainferry.runs import phases, reader
from trainferry.runs.phases import Outcome, RunRow, Status
from trainferry.spec.placeholders import POD, fill
from trainferry.spec.runspec import RunSpec
from trainferry.store import open_store

LOST_DETAIL = "its supervisor was killed (or the machine was restarted); the same `ferry run` goes on from the store"
GONE = Status(phases.STOPPED, reason=DELETED, detail="deleted; what was stored is kept")


class Planned(Protocol):
    """Anything that has a pinned spec."""

    @property
    def spec(self) -> RunSpec: ...


class LocalEngine:
    """Runs as detached processes, kept below `home` (FERRY_HOME, else the user's state folder). Takes full run names.

    >>> LocalEngine().status("base-4be1a90c").phase
    'Running'
    """

    def __init__(self, home_folder: Path | None = None, patience: Patience | None = None, tick: float = 0.1) -> None:
        self.home = home_folder or home(os.environ)
        self.patience, self.tick = patience or Patience(), tick

    def check(self, spec: RunSpec) -> None:
        """What can be known to fail before anything is started."""
        fill(spec.command, POD, spec.data)
        for secret in spec.secrets:
            if secret.env not in os.environ:
                message = f"--secret {secret.env}={secret.secret}/{secret.key}: no cluster keeps it here"
                raise BadInput(f"{message}, so the variable {secret.env} has to be set", f"export {secret.env}=...")

    def submit(self, plan: Planned) -> bool:
        """Start the run and return at once; False when it is there already, running or finished.

        One whose supervisor was killed, or was ended by a shutdown, goes on from what is stored. Raises BadInput.
        """
        spec = plan.spec
        self.check(spec)
        folder = self._folder(spec.full_name)
        with folder.lock():
            if folder.order() is not None:
                if self._status(folder).reason != LOST:
                    return False
                survivors.end(folder, self.patience.grace, self.tick)
                shutil.rmtree(folder.path)
            folder.write_order(Order(spec, time.time(), self.patience))
            attempt = reader.manifest(open_store(spec.store), spec.full_name).attempt
            folder.write_status(Status(phases.QUEUED, attempt=attempt))
            self._launch(folder)
        return True

    def status(self, run: str) -> Status:
        """Raises Missing."""
        self._order(run)
        return self._status(self._folder(run))

    def watch(self, run: str) -> Iterator[Status]:
        """Every change, until the run is finished; a run deleted meanwhile ends as Stopped. Raises Missing."""
        self._order(run)
        last = None
        while last is None or not last.finished:
            now = self._status(self._folder(run))
            if now != last:
                yield now
                last = now
            else:
                time.sleep(self.tick)

    def logs(self, run: str, follow: bool = False) -> Iterator[bytes]:
        """The command's own bytes, attempt after attempt; with `follow` until the run is finished. Raises Missing."""
        store = open_store(self._order(run).spec.store)
        return logs.read(store, run, lambda: self._status(self._folder(run)), follow, self.tick)

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        """Newest last. `selector` is `k=v[,k=v]` over the labels; there are no namespaces here."""
        wanted = dict(word.split("=", 1) for word in selector.split(",") if "=" in word)
        names = sorted(path.name for path in (self.home / "runs").glob("*"))
        orders = [(name, order) for name in names if (order := self._folder(name).order()) is not None]
        found = [self._row(name, order) for name, order in orders if wanted.items() <= dict(order.spec.labels).items()]
        return sorted(found, key=lambda row: row.created)

    def outcome(self, run: str) -> Outcome:
        """The verdict of a finished run."""
        status = self._status(self._folder(run))
        reason = status.detail or status.reason
        return Outcome(status.phase == phases.SUCCEEDED, status.exit_code, reason)

    def delete(self, run: str, wait: bool = False) -> None:
        """Stop the run and remove its folder; the store keeps what was published. Raises Missing.

        The command gets SIGTERM and the grace period; with `wait` this returns when all is over.
        """
        self._order(run)
        folder = self._folder(run)
        with folder.lock():
            finished, supervisor = folder.status().finished, folder.supervisor()
            with suppress(FileNotFoundError):  # its supervisor removes it this moment: it was deleted before
                folder.stop.touch()
        supervised = supervisor is not None and not finished and processes.send(supervisor, signal.SIGTERM)
        while supervisor is not None and (wait or not supervised) and processes.alive(supervisor):
            time.sleep(self.tick)
        if not supervised:
            survivors.end(folder, self.patience.grace, self.tick)
            shutil.rmtree(folder.path, ignore_errors=True)

    def _launch(self, folder: RunFolder) -> None:
        """The supervisor detaches itself; what is waited for here ends at once."""
        words = [sys.executable, "-m", "trainferry.local.supervisor", str(self.home), folder.run]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", MARK: str(folder.path)}
        with open(folder.log, "ab") as log:
            done = subprocess.run(
                words,
                cwd=folder.path,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=False,
            )
        if done.returncode:
            raise FerryError(f"the run's supervisor did not start: {_last_line(folder.log)}", f"see {folder.log}")

    def _status(self, folder: RunFolder) -> Status:
        if folder.order() is None:
            return GONE
        status, supervisor = folder.status(), folder.supervisor()
        if status.finished or supervisor is None or processes.alive(supervisor):
            return status
        status = folder.status()  # it may have written its last word between the two looks
        if status.finished or folder.order() is None:
            return status if status.finished else GONE
        return Status(phases.FAILED, status.attempt, LOST, LOST_DETAIL, status.node, status.pod, status.exit_code)

    def _row(self, name: str, order: Order) -> RunRow:
        status, asked = self._status(self._folder(name)), order.spec.resources
        return RunRow(
            run=name,
            status=status.phase,
            gpu=asked.gpu,
            gpu_type=asked.gpu_type,
            created=order.created,
            attempts=status.attempt,
            store=order.spec.store,
            node=status.node,
        )

    def _order(self, run: str) -> Order:
        order = self._folder(run).order()
        if order is None:
            raise Missing(f'no run "{run}" on this machine', "ferry get runs")
        return order

    def _folder(self, run: str) -> RunFolder:
        return RunFolder(self.home, run)


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
