"""A large object is read in ranges, and believed only when its crc32c is right."""

from collections.abc import Iterable, Iterator

import google_crc32c

from trainferry.errors import Corrupt
from trainferry.store.protocol import ObjectInfo

RANGE = 8 << 20  # bytes of one request of a large download; smaller objects are one request
AHEAD = 5  # requests of one download, in flight or not taken yet


def verified(url: str, info: ObjectInfo, blocks: Iterable[bytes], chunk: int) -> Iterator[bytes]:
    """The blocks in pieces of `chunk` bytes; raises Corrupt at the end when they are not the object."""
    crc = 0
    for block in blocks:
        crc = google_crc32c.extend(crc, block)
        for start in range(0, len(block), chunk):
            yield block[start : start + chunk]
    if crc != info.crc32c:
        raise Corrupt(f"{url}: crc32c {crc:08x} is not the stored {info.crc32c:08x}")
