"""What long transfers tell whoever watches."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done_bytes` of `total_bytes`, `done` of `total` files; `what` names the phase: uploading, fetching."""

    done_bytes: int
    total_bytes: int
    done: int
    total: int
    what: str


Report = Callable[[Progress], None]
INTERVAL = 0.05  # seconds between two reports


class Meter:
    """Counts for a report that may be None; threads may share it."""

    def __init__(self, report: Report | None, what: str, total_bytes: int, total: int) -> None:
        self._report, self._what, self._totals = report, what, (total_bytes, total)
        self._bytes, self._files, self._next = 0, 0, 0.0
        self._lock = threading.Lock()

    def add(self, size: int, files: int = 0) -> None:
        """So many bytes, and files, more are done. The last one is always reported."""
        if self._report is None:
            return
        with self._lock:
            self._bytes += size
            self._files += files
            total_bytes, total = self._totals
            if self._files < total and time.monotonic() < self._next:
                return
            self._next = time.monotonic() + INTERVAL
            self._report(Progress(self._bytes, total_bytes, self._files, total, self._what))
