"""Processes named so that a pid which somebody else has by now is never signalled.

Linux reads /proc; elsewhere `ps` answers the same questions more slowly.
"""

import functools
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
BOOT_ID = PROC / "sys/kernel/random/boot_id"


@dataclass(frozen=True)
class Process:
    """`started` differs between two processes that had the same pid, over reboots too."""

    pid: int
    started: str
    parent: int = 0


def current(pid: int) -> Process | None:
    """The live process with this pid; None when there is none, or only a zombie."""
    return _from_proc(pid) if BOOT_ID.exists() else next((p for p in _from_ps() if p.pid == pid), None)


def alive(process: Process) -> bool:
    found = current(process.pid)
    return found is not None and found.started == process.started


def send(process: Process, number: signal.Signals) -> bool:
    """Signal just this process; False when it is gone. Raises nothing for a process that ends meanwhile."""
    try:
        handle = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else -1
    except OSError:
        return False
    try:
        if not alive(process):
            return False
        if handle >= 0:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(process.pid, number)
    except ProcessLookupError:
        return False
    finally:
        if handle >= 0:
            os.close(handle)
    return True


def descendants(pid: int) -> list[Process]:
    """Children, their children, and so on, of one moment."""
    children: dict[int, list[Process]] = {}
    for process in everything():
        children.setdefault(process.parent, []).append(process)
    found, front = [], [pid]
    while front:
        born = children.get(front.pop(), [])
        found += born
        front += [p.pid for p in born]
    return found


def carrying(variable: str, value: str) -> list[Process]:
    """Processes of this user whose environment holds VARIABLE=VALUE: how the family of a dead supervisor is found."""
    wanted = f"{variable}={value}".encode()
    return [p for p in everything() if wanted in _environment(p.pid)]


def everything() -> Iterator[Process]:
    """All live processes."""
    if not BOOT_ID.exists():
        return iter(_from_ps())
    found = (_from_proc(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit())
    return (process for process in found if process)


def _from_proc(pid: int) -> Process | None:
    try:
        state, parent, *rest = (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return None
    # rest[17] is field 22 of proc(5): clock ticks between boot and start, so no clock change moves it
    return None if state in (b"Z", b"X") else Process(pid, f"{_boot()}:{int(rest[17])}", int(parent))


@functools.cache
def _boot() -> str:
    return BOOT_ID.read_text().strip()


def _from_ps() -> list[Process]:
    lines = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,lstart="], capture_output=True, text=True, check=True)
    fields = (line.split(None, 3) for line in lines.stdout.splitlines())
    return [Process(int(pid), started, int(parent)) for pid, parent, state, started in fields if state[0] != "Z"]


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
