"""A share: server-side copies, verified, and its record last. Later writes of the run change nothing in it."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from trainferry.errors import Changed, Corrupt, FerryError
from trainferry.runs import layout, lease
from trainferry.runs.swap import swap
from trainferry.share import content, revoke
from trainferry.share.choice import Chosen
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store import ObjectInfo, Store

AT_ONCE = 8
LONGEST = 86400.0  # seconds that copying may take
MOST_PARTS = 32  # of one compose


def copies(store: Store, share: str, chosen: Sequence[Chosen]) -> tuple[SharedFile, ...]:
    """The copies of a share that is not there yet. What was copied goes again when one of them fails.

    Raises Corrupt when a copy is not what the run's manifest says, Missing when a file went meanwhile.
    """
    try:
        with ThreadPoolExecutor(AT_ONCE, "ferry-share") as pool:
            return tuple(pool.map(lambda one: _copied(store, share, *one), enumerate(chosen)))
    except BaseException:
        discard(store, share)
        raise


def publish(store: Store, record: ShareRecord, tell: lease.Story = lease.silent) -> None:
    """Write the record, which makes the share. Raises Changed when a garbage collection took copies meanwhile."""
    try:
        written = swap(store, layout.share_record(record.id), record.dumps(), 0)
        if lease.collected(store, written, LONGEST, tell):
            look_again(store, record)
    except BaseException:
        discard(store, record.id)
        raise


def discard(store: Store, share: str) -> None:
    """Remove what there is of a share that did not come about, as far as that goes."""
    with suppress(FerryError):
        revoke.remove(store, share)


def _copied(store: Store, share: str, number: int, chosen: Chosen) -> SharedFile:
    stored = chosen.stored
    target = layout.share_file(share, number)
    info = _assembled(store, stored.objects, target)
    if (info.size, info.crc32c) != (stored.size, stored.crc32c):
        wanted = f"{stored.size} bytes with crc32c {stored.crc32c:08x}"
        raise Corrupt(f"{chosen.path}: the copy has {info.size} bytes with crc32c {info.crc32c:08x}, not {wanted}")
    sha256 = stored.sha256 or _sha256(store, target)
    kind = content.content_type(chosen.path)
    return SharedFile(chosen.path, number, info.size, info.crc32c, sha256, kind, chosen.about, chosen.pickle)


def _assembled(store: Store, objects: Sequence[str], target: str) -> ObjectInfo:
    """One object out of any number, in rounds of what one compose takes."""
    if not objects:
        return store.put(target, b"")
    if len(objects) == 1:
        return store.copy(objects[0], target)
    level, count = list(objects), 0
    made: list[str] = []
    while len(level) > MOST_PARTS:
        groups = [level[at : at + MOST_PARTS] for at in range(0, len(level), MOST_PARTS)]
        level = [f"{target}.{count + number}" for number in range(len(groups))]
        for name, group in zip(level, groups, strict=True):
            store.compose(name, group)
        made, count = made + level, count + len(groups)
    info = store.compose(target, level)
    for name in made:
        store.delete(name)
    return info


def _sha256(store: Store, name: str) -> str:
    digest = hashlib.sha256()
    for piece in store.read(name):
        digest.update(piece)
    return digest.hexdigest()


def look_again(store: Store, record: ShareRecord) -> None:
    """A garbage collection that began before the record was there may have taken copies for garbage."""
    there = {info.name for info in store.list(f"shares/{record.id}/")}
    if not there.issuperset(layout.share_file(record.id, file.number) for file in record.files):
        raise Changed("a garbage collection ran at the same time", "the same `ferry share` once more")
