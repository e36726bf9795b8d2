"""What a supervisor sleeps on: the end of a child, a signal, or time."""

import ctypes
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping
from subprocess import Popen

PR_SET_CHILD_SUBREAPER = 36


class Wakeups:
    """Install once in a process's main thread."""

    def __init__(self) -> None:
        self.terminated = False
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGHUP):  # a handler, not SIG_IGN: the command would inherit that
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_term)

    def wait(self, seconds: float) -> None:
        """Until something happened, at most `seconds`."""
        if select.select([self._ear], [], [], max(0.0, seconds))[0]:
            self._ear.recv(4096)

    def _on_term(self, *_: object) -> None:
        self.terminated = True


def adopt_orphans() -> bool:
    """Grandchildren whose parent dies become ours, so that none is lost. False where the system cannot (not Linux)."""
    if sys.platform != "linux":
        return False
    failed: int = ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return not failed


def bury(children: Mapping[int, "Popen[bytes]"]) -> None:
    """Take the exit codes of adopted orphans; those of `children` are left to their Popen."""
    if sys.platform != "linux":
        return
    try:
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid in children:
                children[ended.si_pid].poll()
            else:
                os.waitpid(ended.si_pid, 0)
    except ChildProcessError:
        return
