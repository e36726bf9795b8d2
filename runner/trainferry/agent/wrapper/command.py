"""The user's command: started in its own process group, read, told to stop, ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from typing import Callable, Iterator, List, Mapping, Sequence

TICK = 0.03  # seconds between two looks at everything that sends no signal
DRAIN = 2.0  # seconds a grandchild that outlives the command may still write
SHELLS = ("sh", "bash", "dash", "ash", "busybox", "zsh", "ksh")


class Command:
    """stdout and stderr are one pipe, so that lines stay in the order in which they were written."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        """Raises OSError when it cannot be executed."""
        self._pipe, writer = os.pipe()
        try:
            self._child = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                env=dict(environ),
                start_new_session=True,
            )
        finally:
            os.close(writer)
        self.group = self._child.pid

    def run(self, write: Callable[[bytes], None], look: Callable[[], None]) -> int:
        """Until it ended; `look` is called every TICK. Returns the return code, negative when killed by a signal."""
        reading, gone, looked = True, 0.0, 0.0
        while reading or not gone:
            reading = self._pump(write, TICK) if reading else self._nap()
            now = time.monotonic()
            if now - looked >= TICK:
                looked = now
                look()
                if not gone and self._child.poll() is not None:
                    gone = now
                if gone and now - gone > DRAIN:
                    break
        self.kill()
        return self._child.wait()

    def terminate(self) -> None:
        """SIGTERM to the command alone: what it started is its own affair. But shells do not pass it on."""
        for pid in self._targets(self._child.pid):
            _send(os.kill, pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to all that is left of its group."""
        _send(os.killpg, self.group, signal.SIGKILL)

    def _pump(self, write: Callable[[bytes], None], patience: float) -> bool:
        if not select.select([self._pipe], [], [], patience)[0]:
            return True
        data = os.read(self._pipe, 1 << 16)
        if data:
            write(data)
        return bool(data)

    def _nap(self) -> bool:
        time.sleep(TICK)
        return False

    def _targets(self, pid: int) -> Iterator[int]:
        yield pid
        if _program(pid) in SHELLS:
            for child in _children(pid):
                yield from self._targets(child)


def _send(how: Callable[[int, int], None], target: int, number: int) -> None:
    with contextlib.suppress(OSError):  # it ended meanwhile
        how(target, number)


def _program(pid: int) -> str:
    return _stat(pid)[0]


def _children(pid: int) -> List[int]:
    found = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
    return [child for child in found if _stat(child)[1] == pid]


def _stat(pid: int) -> tuple[str, int]:
    """Program name and parent of a process, ("", 0) when it is gone."""
    try:
        with open("/proc/%d/stat" % pid, errors="replace") as file:
            head, _, tail = file.read().rpartition(")")
    except OSError:
        return "", 0
    return head.partition("(")[2], int(tail.split()[1])
