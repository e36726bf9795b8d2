"""Bytes that moved, told to the wrapper: as long as they move it waits."""

import threading
import time
from collections.abc import Callable

from trainferry.agent.wrapper.control import Control

EVERY = 0.2  # seconds between two writes of the file


class Moved:
    """Counts bytes given to or taken from the store, in tries that failed too. Threads may share it."""

    def __init__(self, control: Control) -> None:
        self.bytes = 0
        self._control, self._told, self._lock = control, 0.0, threading.Lock()
        self._at = time.monotonic()
        self._most: dict[str, tuple[object, int]] = {}

    def add(self, count: int) -> None:
        with self._lock:
            self.bytes += count
            self._at = time.monotonic()
            if self._at - self._told > EVERY:
                self._told = self._at
                self._control.put("progress", f"{self.bytes} {time.time():.1f}\n")

    def once(self, what: str, version: object) -> Callable[[int], None]:
        """`add` for one of several tries: what an earlier one moved of the same version does not count again.

        So a store that takes every part and never the whole does not look alive for ever.
        """
        done = 0

        def add(count: int) -> None:
            nonlocal done
            done += count
            known, most = self._most.get(what, (None, 0))
            news = done - (most if known == version else 0)
            if news > 0:
                self._most[what] = version, done
                self.add(news)

        return add

    @property
    def still(self) -> float:
        """Seconds since something moved."""
        return time.monotonic() - self._at
