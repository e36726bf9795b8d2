"""Objects that the manifest will not name any more: deleted late, and never before it is saved without them."""

import time
from collections import deque
from collections.abc import Iterable, Iterator

LINGER = 60.0  # seconds an object outlives the manifest that named it: readers of that one may still be at it


class Unnamed:
    """Filled by one thread, the publisher's."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._old: deque[tuple[float, str]] = deque()

    def add(self, names: Iterable[str]) -> None:
        """The next manifest that is saved will not name these."""
        self._waiting.extend(names)

    def saved(self) -> None:
        """It is in the store."""
        now = time.monotonic()
        self._old.extend((now, name) for name in self._waiting)
        self._waiting.clear()

    def due(self, linger: float) -> Iterator[str]:
        """Those whose time is over, each once."""
        while self._old and self._old[0][0] <= time.monotonic() - linger:
            yield self._old.popleft()[1]
