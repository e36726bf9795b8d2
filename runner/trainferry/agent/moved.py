"""Bytes that moved, told to the wrapper: as long as they move it waits."""

import threading
import time

from trainferry.agent.wrapper.control import Control

EVERY = 0.2  # seconds between two writes of the file


class Moved:
    """Counts bytes given to or taken from the store, in tries that failed too. Threads may share it."""

    def __init__(self, control: Control) -> None:
        self.bytes = 0
        self._control, self._told, self._lock = control, 0.0, threading.Lock()
        self._at = time.monotonic()

    def add(self, count: int) -> None:
        with self._lock:
            self.bytes += count
            self._at = time.monotonic()
            if self._at - self._told > EVERY:
                self._told = self._at
                self._control.put("progress", f"{self.bytes} {time.time():.1f}\n")

    @property
    def still(self) -> float:
        """Seconds since something moved."""
        return time.monotonic() - self._at
