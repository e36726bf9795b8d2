"""Ending the family of a supervisor that was killed: first politely, so that what it has is stored."""

import signal
import time
from collections.abc import Callable, Sequence

from trainferry.local import processes
from trainferry.local.attempt import MARK
from trainferry.local.folder import RunFolder
from trainferry.local.processes import Process


def end(folder: RunFolder, grace: float, tick: float) -> None:
    """The launchers get SIGTERM and save; then the agents, which publish the rest; then SIGKILL to all that is left.

    Raises nothing for a process that is gone, and touches none that only has the pid of an old one.
    """
    for role in ("launcher", "agent"):
        _end(folder.family(role), grace, tick)
    for process in _strays(folder):
        processes.send(process, signal.SIGKILL)
    _wait(lambda: _strays(folder), grace, tick)


def _end(group: Sequence[Process], grace: float, tick: float) -> None:
    left = [process for process in group if processes.send(process, signal.SIGTERM)]
    _wait(lambda: [process for process in left if processes.alive(process)], grace, tick)


def _wait(left: Callable[[], Sequence[Process]], seconds: float, tick: float) -> None:
    limit = time.monotonic() + seconds
    while left() and time.monotonic() < limit:
        time.sleep(tick)


def _strays(folder: RunFolder) -> list[Process]:
    """What still runs of this run: what was written down, its children, and what carries the run's mark."""
    known = [p for role in ("launcher", "agent") for p in folder.family(role) if processes.alive(p)]
    born = [child for process in known for child in processes.descendants(process.pid)]
    return [*known, *born, *processes.carrying(MARK, str(folder.path))]
