"""`gc/lease.json`: one collector of garbage at a time, and how whoever publishes gets along with it.

A collector writes the lease before it looks what is named, renews it while it deletes, and empties it in the end. The
empty object stays: its time says when something was last deleted. Whoever has published (an index, a run's record, a
share's record) looks at it afterwards. When no collection ended since it began to count on what was there, nothing that
it counts on was deleted, and no later one will: a later one sees what is published. Otherwise it waits for the
collector, looks whether everything is there still, and brings again what is missing.

All times are the store's: two objects are compared, never a clock of this machine.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from trainferry.errors import Changed, FerryError
from trainferry.runs import layout
from trainferry.runs.swap import swap
from trainferry.store import ObjectInfo, Store

STALE = 600.0  # seconds without renewal after which a collector is dead
RENEWED = 30.0  # seconds between two renewals
LATEST = 120.0  # seconds after the last renewal in which it may still delete
MARGIN = 10.0  # seconds that a store's own clocks may differ by
PAUSE = 1.0  # seconds between two looks of those who wait

Story = Callable[[str], None]


def silent(line: str) -> None:
    """The story nobody listens to."""


def uptime() -> float:
    """Seconds, for differences. Goes on while this machine sleeps, where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """Held by one collector, and renewed by a thread of its own until `release`."""

    def __init__(self, store: Store, said: bytes, info: ObjectInfo) -> None:
        self.store, self.said, self.info, self.now = store, said, info, info.updated
        self._renewed, self._over = uptime(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="gc-lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Before every deletion. Raises Changed when it may be somebody else's by now; also after a sleep."""
        if uptime() - self._renewed > LATEST:
            raise Changed("the collection of garbage lost its lease and ends here", "ferry gc")

    def release(self) -> None:
        """Nothing more will be deleted."""
        self._over.set()
        self._thread.join()
        swap(self.store, layout.gc_lease(), b"", self.info.generation)

    def _keep(self) -> None:
        wait = RENEWED
        while not self._over.wait(wait):
            began = uptime()
            if began - self._renewed > LATEST:
                return
            try:
                self.info = swap(self.store, layout.gc_lease(), self.said, self.info.generation)
                self._renewed, wait = began, RENEWED
            except Changed:
                return
            except FerryError:
                wait = PAUSE


@contextmanager
def held(store: Store, owner: str, tell: Story) -> Iterator[Lease]:
    """Waits for another collector, in one line of the story. Raises Changed when the lease was lost meanwhile."""
    lease = _taken(store, owner, tell)
    try:
        yield lease
    except BaseException:
        with suppress(FerryError):
            lease.release()
        raise
    lease.release()


def collected(store: Store, written: ObjectInfo, elapsed: float, tell: Story) -> bool:
    """Whether something may have been deleted in the `elapsed` seconds before `written` was written, or after.

    One request when no collector is at work; else waits for it. False: all that was there is there.
    """
    lease = store.stat(layout.gc_lease())
    if lease is None:
        return False
    if lease.size and not _is_stale(lease, written.updated):
        tell("a collection of garbage is under way: waiting for it to end")
        _wait(store, lease, STALE - max(0.0, written.updated - lease.updated))
        return True
    ended = lease.updated + (STALE if lease.size else 0.0)
    return ended > written.updated - elapsed - MARGIN


def _taken(store: Store, owner: str, tell: Story) -> Lease:
    said = _said(owner)
    told = False
    while True:
        there = store.stat(layout.gc_lease())
        if there is not None and there.size and not _is_stale(there, _now(store)):
            if not told:
                tell("another collection of garbage is under way: waiting for it to end")
            told = True
            _wait(store, there, STALE)
            continue
        try:
            return Lease(store, said, swap(store, layout.gc_lease(), said, there.generation if there else 0))
        except Changed:
            continue  # somebody else was quicker


def _wait(store: Store, lease: ObjectInfo, patience: float) -> None:
    """Until it is released, or was not renewed for `patience` seconds (STALE from a renewal on)."""
    seen, since = lease.generation, uptime()
    while uptime() - since < patience:
        pause()
        now = store.stat(layout.gc_lease())
        if now is None or not now.size:
            return
        if now.generation != seen:
            seen, since, patience = now.generation, uptime(), STALE


def pause() -> None:
    """Between two looks."""
    time.sleep(PAUSE)


def _is_stale(lease: ObjectInfo, now: float) -> bool:
    return now - lease.updated > STALE


def _now(store: Store) -> float:
    """The store's time: only a write tells it."""
    return store.put(layout.gc_clock(), b"").updated


def _said(owner: str) -> bytes:
    """For people; never empty, and every collector's own."""
    return json.dumps({"owner": owner, "time": round(time.time()), "id": secrets.token_hex(8)}).encode()
