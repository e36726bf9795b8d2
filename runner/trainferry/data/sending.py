"""Many local files into one store: small ones packed, large ones in parts that a killed copy finds again."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

from trainferry.errors import BadInput, Changed, Corrupt
from trainferry.store import ObjectInfo, Store
from trainferry.store.os_errors import printable, translated

SMALL = 1 << 20  # bytes of a file that travels packed with others
BATCH, FILES = 32 << 20, 1000


@dataclass(frozen=True)
class Sending:
    """A local file and the object that it becomes."""

    path: Path
    name: str


Sent = Callable[[Sending, ObjectInfo], None]


def send_all(store: Store, files: Sequence[Sending], sent: Sent, moved: Callable[[int], None]) -> None:
    """Each file becomes its object, verified. Raises BadInput for what is not a file, Changed, Full."""
    sizes = [_size(one.path) for one in files]
    small = [one for one, size in zip(files, sizes, strict=True) if size <= SMALL]
    for batch in _batches(small):
        _send_small(store, batch, sent, moved)
    for one, size in zip(files, sizes, strict=True):
        if size > SMALL:
            info = store.put_file(one.name, one.path, moved=moved)
            if info.size != size:
                raise Changed(f"{printable(one.path)} changed while it was read")
            sent(one, info)


def _size(path: Path) -> int:
    with translated(path):
        found = path.stat()
    if not path.is_file():
        raise BadInput(f"{printable(path)}: neither a file nor a folder")
    return found.st_size


def _batches(files: Sequence[Sending]) -> Iterator[list[Sending]]:
    for start in range(0, len(files), FILES):
        yield list(files[start : start + FILES])


def _send_small(store: Store, batch: Sequence[Sending], sent: Sent, moved: Callable[[int], None]) -> None:
    crcs: list[int] = []

    def items() -> Iterator[tuple[str, bytes]]:
        for one in batch:
            data = _read(one.path)
            crcs.append(google_crc32c.value(data))
            moved(len(data))
            yield one.name, data

    for one, crc, info in zip(batch, crcs, store.put_many(items()), strict=False):
        if info.crc32c != crc:
            raise Corrupt(f"{store.url}/{one.name}: the store kept crc32c {info.crc32c:08x}, sent was {crc:08x}")
        sent(one, info)


def _read(path: Path) -> bytes:
    with translated(path), path.open("rb") as file:
        before = os.fstat(file.fileno())
        data = file.read(SMALL + 1)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != before.st_size:
        raise Changed(f"{printable(path)} changed while it was read")
    return data
