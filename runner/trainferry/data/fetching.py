"""Many files out of one store: small ones packed, large ones by parallel ranges; verified, then renamed."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import google_crc32c

from trainferry.data.copy import SMALL, Extent, difference, fetch_extents, fetch_file
from trainferry.data.partial import sweep, sync_folder, temporary
from trainferry.errors import BadInput, Corrupt
from trainferry.store import Store
from trainferry.store.os_errors import printable, translated
from trainferry.store.windows import windowed

BATCH, FILES = 32 << 20, 500  # bytes and files that are verified before they get their names
GAP = 256 << 10  # bytes nobody asked for that are read rather than asked around
SHARDS = 3  # pieces of shards in memory, of SMALL bytes at most


@dataclass(frozen=True)
class Wanted:
    """A file of a store: whole objects one after the other, or a part of one. `source`: how the user calls it."""

    source: str
    place: Path
    size: int
    crc32c: int
    objects: tuple[str, ...] = ()
    extent: Extent | None = None
    mode: int = 0o644


Done = Callable[[Wanted], None]
Moved = Callable[[int], None]


def fetch_all(store: Store, wanted: Sequence[Wanted], done: Done, moved: Moved) -> None:
    """Each becomes its `place`, whose folder has to exist. `done` hears of every file, `moved` of bytes.

    Raises Corrupt, Missing, Changed, Full, BadInput: those that were done by then stay.
    """
    for one in wanted:
        if one.place.is_dir() and not one.place.is_symlink():
            raise BadInput(f"{printable(one.place)}: in the way, a folder")
    for folder in {one.place.parent for one in wanted}:
        sweep(folder)
    for batch in small_ones(store, wanted):
        _write(batch, done, moved)
    for one in wanted:
        if one.size > SMALL:
            _large(store, one, moved)
            done(one)


def small_ones(store: Store, wanted: Sequence[Wanted]) -> Iterator[Iterator[tuple[Wanted, list[bytes]]]]:
    """Those up to SMALL with their bytes, not verified, in batches that memory holds."""
    small = [one for one in wanted if one.size <= SMALL]
    for files in _batches([one for one in small if one.extent is None]):
        yield _whole(store, files)
    by_object: dict[str, list[Wanted]] = defaultdict(list)
    for one in small:
        if one.extent is not None:
            by_object[one.extent.name].append(one)
    yield from _packed(store, [span for files in by_object.values() for span in _spans(files)])


def _large(store: Store, one: Wanted, moved: Moved) -> None:
    if one.extent is None:
        fetch_file(store, one.objects, one.size, one.crc32c, one.place, moved)
    else:
        fetch_extents(store, [one.extent], (one.size, one.crc32c), one.place, moved, one.mode)


def _batches(files: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    batch: list[Wanted] = []
    size = 0
    for one in files:
        if batch and (size + one.size > BATCH or len(batch) == FILES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _whole(store: Store, files: Sequence[Wanted]) -> Iterator[tuple[Wanted, list[bytes]]]:
    """Each with its bytes."""
    objects = store.get_many([name for one in files for name in one.objects])
    for one in files:
        yield one, [next(objects)[1] for _ in one.objects]


@dataclass
class _Span:
    """Neighbours in one object, read at once."""

    name: str
    start: int
    end: int
    files: list[tuple[Wanted, int]] = field(default_factory=list)  # with the offset of each


def _spans(files: Sequence[Wanted]) -> list[_Span]:
    spans: list[_Span] = []
    for one in sorted(files, key=lambda one: one.extent.start if one.extent else 0):
        name, start, size = one.extent or Extent("", 0, 0)
        if not spans or start > spans[-1].end + GAP or start + size > spans[-1].start + 2 * SMALL:
            spans.append(_Span(name, start, start))
        spans[-1].end = max(spans[-1].end, start + size)
        spans[-1].files.append((one, start))
    return spans


def _packed(store: Store, spans: Sequence[_Span]) -> Iterator[Iterator[tuple[Wanted, list[bytes]]]]:
    """The files of each span with their bytes."""

    def read(span: _Span) -> bytes:
        return store.get(span.name, span.start, span.end - span.start)

    def cut(span: _Span, data: bytes) -> Iterator[tuple[Wanted, list[bytes]]]:
        for one, start in span.files:
            yield one, [data[start - span.start : start - span.start + one.size]]

    with ThreadPoolExecutor(SHARDS, "ferry-fetch") as pool:
        for span, data in zip(spans, windowed(pool, read, spans, SHARDS), strict=True):
            yield cut(span, data)


def _write(files: Iterator[tuple[Wanted, list[bytes]]], done: Done, moved: Moved) -> None:
    """Temporary names first; durable and verified, they get their own."""
    written: list[tuple[Wanted, Path]] = []
    try:
        for one, pieces in files:
            written.append((one, temporary(one.place)))
            with translated(one.place):
                _fill(written[-1][1], one, pieces)
            moved(one.size)
        for one, hidden in written:
            with translated(one.place):
                os.replace(hidden, one.place)
            done(one)
        for folder in {one.place.parent for one, _ in written}:
            sync_folder(folder)
    finally:
        for _, hidden in written:
            hidden.unlink(missing_ok=True)


def _fill(hidden: Path, one: Wanted, pieces: Sequence[bytes]) -> None:
    check(one, pieces)
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _mode(one))
    with open(descriptor, "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def check(one: Wanted, pieces: Sequence[bytes]) -> None:
    """Raises Corrupt when these are not the bytes that are wanted."""
    crc = 0
    for piece in pieces:
        crc = google_crc32c.extend(crc, piece)
    found = sum(len(piece) for piece in pieces), crc
    if found != (one.size, one.crc32c):
        raise Corrupt(difference(one.source, found, (one.size, one.crc32c)))


def _mode(one: Wanted) -> int:
    return 0o777 if one.mode & 0o100 else 0o666
