"""From one store to another without a disk between: server side where it is one store, else in ranges."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import google_crc32c

from trainferry.data.copy import AT_ONCE, Extent, difference
from trainferry.errors import Corrupt
from trainferry.store import ObjectInfo, Store, crc32c
from trainferry.store.names import PARTS
from trainferry.store.windows import windowed

PART = 8 << 20  # bytes of one range in memory
FAN_IN = 32  # objects that one compose takes
Moved = Callable[[int], None]


def within(store: Store, objects: Sequence[str], name: str) -> ObjectInfo:
    """The objects one after the other as another object of the same store; nothing travels."""
    if not objects:
        return store.put(name, b"")
    if len(objects) == 1:
        return store.copy(objects[0], name)
    prefix = _prefix(store.url, name, *objects)
    info = _composed(store, list(objects), name, prefix)
    _tidy(store, prefix)
    return info


@dataclass(frozen=True)
class Cargo:
    """Parts of objects of a store, one after the other; `crc32c` of all of it."""

    store: Store
    extents: tuple[Extent, ...]
    crc32c: int


def between(cargo: Cargo, target: Store, name: str, moved: Moved) -> ObjectInfo:
    """As `name` of another store: in parts, which a killed copy finds again. Raises Corrupt before it has the name."""
    source = cargo.store
    prefix = _prefix(source.url, name, f"{cargo.crc32c:08x}", *map(repr, cargo.extents))
    have = {info.name: info for info in target.list(prefix)}

    def carry(item: tuple[int, Extent]) -> tuple[str, int, int]:
        number, extent = item
        part = f"{prefix}{number:05}"
        known = have.get(part)
        if known is None or known.size != extent.size:
            known = _put(target, part, source.get(*extent))
        moved(extent.size)
        return part, known.crc32c, known.size

    with ThreadPoolExecutor(AT_ONCE, "ferry-relay") as pool:
        parts = list(windowed(pool, carry, enumerate(_cut(cargo.extents)), AT_ONCE))
    found = crc32c.combined((crc, size) for _, crc, size in parts)
    if found != cargo.crc32c:
        _tidy(target, prefix)
        raise Corrupt(f"{target.url}/{name}: crc32c {found:08x} is not the stored {cargo.crc32c:08x}")
    return _joined(target, parts, name, prefix)


def from_stream(pieces: Iterable[bytes], target: Store, name: str, moved: Moved) -> ObjectInfo:
    """Bytes whose number nobody knows as an object."""
    prefix = _prefix(name, secrets.token_hex(8))
    parts: list[tuple[str, int, int]] = []
    for data in _parts(pieces):
        moved(len(data))
        if not parts and len(data) < PART:
            return _put(target, name, data)
        info = _put(target, f"{prefix}{len(parts):05}", data)
        parts.append((info.name, info.crc32c, info.size))
    return _joined(target, parts, name, prefix) if parts else target.put(name, b"")


def checked(info: ObjectInfo, wanted: tuple[int, int], what: str) -> ObjectInfo:
    """The object, when it is of the wanted size and crc32c; else Corrupt."""
    if (info.size, info.crc32c) != wanted:
        raise Corrupt(difference(what, (info.size, info.crc32c), wanted))
    return info


def verified_pieces(cargo: Cargo, what: str) -> Iterator[bytes]:
    """The bytes in order, some ahead of the reader; Corrupt at the end when they were not the right ones."""
    crc = 0
    with ThreadPoolExecutor(AT_ONCE, "ferry-relay") as pool:
        for data in windowed(pool, lambda extent: cargo.store.get(*extent), _cut(cargo.extents), AT_ONCE):
            crc = google_crc32c.extend(crc, data)
            yield data
    if crc != cargo.crc32c:
        raise Corrupt(f"{what}: crc32c {crc:08x} is not the stored {cargo.crc32c:08x}")


def _put(target: Store, name: str, data: bytes) -> ObjectInfo:
    info, wanted = target.put(name, data), (len(data), google_crc32c.value(data))
    if (info.size, info.crc32c) != wanted:
        raise Corrupt(difference(f"{target.url}/{name}", (info.size, info.crc32c), wanted))
    return info


def _joined(target: Store, parts: list[tuple[str, int, int]], name: str, prefix: str) -> ObjectInfo:
    wanted = sum(size for _, _, size in parts), crc32c.combined((crc, size) for _, crc, size in parts)
    info = _composed(target, [part for part, _, _ in parts], name, prefix)
    _tidy(target, prefix)
    if (info.size, info.crc32c) != wanted:
        target.delete(name, info.generation)
        raise Corrupt(difference(f"{target.url}/{name}", (info.size, info.crc32c), wanted))
    return info


def _composed(store: Store, parts: list[str], name: str, prefix: str) -> ObjectInfo:
    """32 into one, and again, until one is left."""
    level = 0
    while len(parts) > FAN_IN:
        level += 1
        groups = [parts[start : start + FAN_IN] for start in range(0, len(parts), FAN_IN)]
        parts = [store.compose(f"{prefix}{level}+{n:05}", group).name for n, group in enumerate(groups)]
    return store.compose(name, parts)


def _tidy(store: Store, prefix: str) -> None:
    for info in list(store.list(prefix)):
        store.delete(info.name)


def _prefix(*what: str) -> str:
    """Where the parts of this and no other copy lie meanwhile."""
    return f"{PARTS}/{hashlib.sha256(chr(0).join(what).encode()).hexdigest()[:32]}/"


def _cut(extents: Sequence[Extent]) -> Iterator[Extent]:
    for name, start, size in extents:
        for at in range(0, size, PART):
            yield Extent(name, start + at, min(PART, size - at))


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of PART; the last may be shorter."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
    if waiting:
        yield bytes(waiting)
