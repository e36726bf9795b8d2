"""A run's log, attempt after attempt: from the process that writes it while it runs, else from the store."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trainferry.runs import phases, reader
from trainferry.runs.phases import Status
from trainferry.store import Store

CHUNK = 1 << 20
LIVE = (phases.RUNNING, phases.SAVING)


def read(store: Store, run: str, status: Callable[[], Status], follow: bool, tick: float) -> Iterator[bytes]:
    """The command's bytes. What was read live is completed from the store, so the whole equals what is stored."""
    number, given = 1, 0
    while True:
        now = status()
        if now.attempt == number and now.phase in LIVE:
            for piece in _live(status, number, follow, tick):
                given += len(piece)
                yield piece
            if not follow:
                return
        elif _over(now, number) and number <= reader.manifest(store, run).attempt:
            yield from _skip(reader.log(store, run, number), given)
            number, given = number + 1, 0
        elif now.finished or not follow:
            return
        else:
            time.sleep(tick)


def _over(status: Status, number: int) -> bool:
    return status.finished or status.attempt > number or (status.attempt == number and status.phase not in LIVE)


def _live(status: Callable[[], Status], number: int, follow: bool, tick: float) -> Iterator[bytes]:
    """The bytes of attempt `number` while it is the one that runs."""
    handle = None
    try:
        while (now := status()).attempt == number and now.phase in LIVE:
            path = Path(now.pod) / "control" / "log"
            if handle is None and path.exists():
                handle = path.open("rb")
            while handle is not None and (piece := handle.read(CHUNK)):
                yield piece
            if not follow:
                return
            time.sleep(tick)
    finally:
        if handle is not None:
            handle.close()


def _skip(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        if rest := piece[count:]:
            yield rest
        count = max(0, count - len(piece))
