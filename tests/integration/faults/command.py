"""One command as a process of its own: forked from a warm one, so that hundreds of them cost little."""

import faulthandler
import os
import pickle
import select
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from trainferry.errors import FerryError

BOUND = 60.0  # seconds that no command takes, whatever the network does: timeouts are 1 s here


@dataclass
class Ended:
    """How a command ended. `how`: ok (with its `value`), refused (one of ours, `said`), killed, broken, hung."""

    how: str
    said: str = ""
    value: Any = None


class Command:
    """`work(*arguments)` in a child, which begins at `go` and can be killed by `pid`."""

    def __init__(self, work: Callable[..., Any], *arguments: Any) -> None:
        begin, self._begin = os.pipe()
        self._answer, answer = os.pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._begin)
            _live(begin, answer, self._stderr.fileno(), work, arguments)
        os.close(begin)
        os.close(answer)

    def go(self, meanwhile: Callable[[], None] = lambda: None) -> Ended:
        """Begins, waits until nothing of the process is left, and does something else now and then."""
        os.write(self._begin, b"g")
        os.close(self._begin)
        said, hung = self._read(meanwhile)
        if hung:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self._answer)
        self._stderr.seek(0)
        with self._stderr as stderr:
            told = stderr.read().decode(errors="replace")
        if hung:
            return Ended("hung", told)
        if os.WIFSIGNALED(status):
            return Ended("killed" if os.WTERMSIG(status) == signal.SIGKILL else "broken", f"signal {status} {told}")
        return pickle.loads(said) if said else Ended("broken", f"exit {status} {told}")

    def _read(self, meanwhile: Callable[[], None]) -> tuple[bytes, bool]:
        """Until the process has closed its end, which it does when it is gone."""
        said, deadline = b"", time.monotonic() + BOUND
        while time.monotonic() < deadline:
            meanwhile()
            ready, _, _ = select.select([self._answer], [], [], 0.05)
            if ready:
                piece = os.read(self._answer, 1 << 16)
                if not piece:
                    return said, False
                said += piece
        return said, True


def run(work: Callable[..., Any], *arguments: Any) -> Ended:
    """The same without a kill."""
    return Command(work, *arguments).go()


def _live(begin: int, answer: int, stderr: int, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """The child's life. It waits for its own threads in the end, as every python does, and never returns."""
    try:
        os.dup2(stderr, 2)
        os.read(begin, 1)
        faulthandler.dump_traceback_later(BOUND - 5, file=stderr)
        ended = _ended(work, arguments)
        threading._shutdown()  # type: ignore[attr-defined]
        with suppress(BrokenPipeError):
            os.write(answer, pickle.dumps(ended))
    finally:
        os._exit(0)


def _ended(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Ended:
    try:
        return Ended("ok", value=work(*arguments))
    except FerryError as error:
        how = "refused" if "\n" not in str(error) and str(error) else "broken"
        return Ended(how, f"{type(error).__name__}: {error}")
    except BaseException:
        return Ended("broken", traceback.format_exc())
