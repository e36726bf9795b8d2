"""One file out of the store: small ones at once, large ones by parallel ranges that survive a kill."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import google_crc32c

from trainferry.data.partial import RANGE, Partial, sync_folder, temporary
from trainferry.errors import Changed, Corrupt, Missing, Unreachable
from trainferry.store import ObjectInfo, Store, crc32c
from trainferry.store.os_errors import printable, translate
from trainferry.store.windows import windowed

SMALL = RANGE  # bytes; a larger file is kept in part when the copy is interrupted
AT_ONCE = 4  # ranges of all files together: 32 MiB of memory


class Extent(NamedTuple):
    """`size` bytes of an object from `start` on."""

    name: str
    start: int
    size: int


def fetch_file(
    store: Store,
    objects: Sequence[str],
    size: int,
    crc: int,
    target: Path,
    moved: Callable[[int], None] = lambda size: None,
) -> None:
    """The objects one after the other as `target`, which appears only when size and crc32c are as expected.

    Bounded memory, however many are fetched at once; `moved` hears how many bytes came. An interrupted copy of a large
    file goes on where it was. Raises Corrupt (what was there before stays), Changed, Missing, Full.
    """
    if size <= SMALL:
        write_small(target, _small(store, objects), (size, crc), moved)
        return
    infos = _infos(store, objects)
    known = sum(info.size for info in infos), crc32c.combined((info.crc32c, info.size) for info in infos)
    if known != (size, crc):
        raise Corrupt(difference(target, known, (size, crc)))
    try:
        fetch_extents(store, [Extent(info.name, 0, info.size) for info in infos], (size, crc), target, moved)
    except Corrupt as error:
        if _infos(store, objects) != infos:
            raise Changed(f"{printable(target)}: the store's file was replaced while it was copied") from error
        raise


def fetch_extents(
    store: Store,
    extents: Sequence[Extent],
    wanted: tuple[int, int],
    target: Path,
    moved: Callable[[int], None] = lambda size: None,
    mode: int = 0o644,
) -> None:
    """The same for parts of objects; `wanted`: size and crc32c of the file."""
    try:
        partial = Partial(target, *wanted, mode)
    except OSError as error:
        raise translate(OSError(error.errno, error.strerror), target) from error
    keep = False
    try:
        _fill(store, extents, partial, moved)
        if partial.found() != wanted[1]:
            raise Corrupt(difference(target, (wanted[0], partial.found()), wanted))
        partial.finish()
        keep = True  # nothing is left of it but the file
    except OSError as error:  # without its own file name, which is the temporary one
        raise translate(OSError(error.errno, error.strerror), target) from error
    except (Unreachable, KeyboardInterrupt):
        keep = True
        raise
    finally:
        if not keep:
            partial.discard()
        partial.close()


def write_small(
    target: Path, pieces: Iterator[bytes], wanted: tuple[int, int], moved: Callable[[int], None] = lambda size: None
) -> None:
    """A file of `wanted` size and crc32c, or none. Raises Corrupt."""
    hidden, found = temporary(target), (0, 0)
    try:
        with hidden.open("xb") as file:
            for piece in pieces:
                file.write(piece)
                found = found[0] + len(piece), google_crc32c.extend(found[1], piece)
                moved(len(piece))
            if found != wanted:
                raise Corrupt(difference(target, found, wanted))
            file.flush()
            os.fsync(file.fileno())
        os.replace(hidden, target)
        sync_folder(target.parent)
    except OSError as error:
        raise translate(OSError(error.errno, error.strerror), target) from error
    finally:
        hidden.unlink(missing_ok=True)


def difference(target: Path | str, found: tuple[int, int], wanted: tuple[int, int]) -> str:
    """What is wrong with it, for people; both are size and crc32c."""
    size, crc = found
    if size != wanted[0]:
        return f"{printable(target)}: the store holds {size} bytes, not {wanted[0]}"
    return f"{printable(target)}: crc32c {crc:08x} is not the stored {wanted[1]:08x}"


def _small(store: Store, objects: Sequence[str]) -> Iterator[bytes]:
    return (store.get(name) for name in objects) if len(objects) < 2 else (data for _, data in store.get_many(objects))


def _infos(store: Store, objects: Sequence[str]) -> list[ObjectInfo]:
    found = list(_pool().map(store.stat, objects))
    for name, info in zip(objects, found, strict=True):
        if info is None:
            raise Missing(f"no object {name} in {store.url}")
    return [info for info in found if info is not None]


def _fill(store: Store, extents: Sequence[Extent], partial: Partial, moved: Callable[[int], None]) -> None:
    missing = partial.missing
    moved(partial.size - sum(partial.span(number)[1] for number in missing))

    def fetch(number: int) -> int:
        start, size = partial.span(number)
        data = b"".join(_pieces(store, extents, start, start + size))
        if len(data) != size:
            raise Corrupt(difference(partial.target, (start + len(data), 0), (partial.size, 0)))
        partial.write(number, data)
        return size

    for size in windowed(_pool(), fetch, missing, AT_ONCE):
        moved(size)


def _pieces(store: Store, extents: Sequence[Extent], start: int, end: int) -> Iterator[bytes]:
    """The bytes [start, end) of the extents one after the other."""
    at = 0
    for name, offset, size in extents:
        first, last = max(start, at), min(end, at + size)
        if first < last:
            yield store.get(name, offset + first - at, last - first)
        at += size


@cache
def _pool() -> ThreadPoolExecutor:
    """One for the process: it bounds the memory."""
    return ThreadPoolExecutor(AT_ONCE, "ferry-copy")


os.register_at_fork(after_in_child=_pool.cache_clear)  # its threads stay with the parent
