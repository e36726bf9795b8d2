"""A large object in order, a few ranged requests ahead of the reader, and believed only when its crc32c is right."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future

import google_crc32c

from trainferry.errors import Corrupt
from trainferry.store.protocol import ObjectInfo

RANGE = 8 << 20  # bytes of one request of a large download; smaller objects are one request
AHEAD = 4  # requests of one download in flight


def ahead(pool: Executor, fetch: Callable[[int], bytes], starts: Iterable[int]) -> Iterator[bytes]:
    """`fetch(start)` for each of them, in order; what is not needed any more is not fetched."""
    running: deque[Future[bytes]] = deque()
    try:
        for start in starts:
            running.append(pool.submit(fetch, start))
            if len(running) > AHEAD:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()


def verified(url: str, info: ObjectInfo, blocks: Iterable[bytes], chunk: int) -> Iterator[bytes]:
    """The blocks in pieces of `chunk` bytes; raises Corrupt at the end when they are not the object."""
    crc = 0
    for block in blocks:
        crc = google_crc32c.extend(crc, block)
        for start in range(0, len(block), chunk):
            yield block[start : start + chunk]
    if crc != info.crc32c:
        raise Corrupt(f"{url}: crc32c {crc:08x} is not the stored {info.crc32c:08x}")
