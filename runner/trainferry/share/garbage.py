"""What of shares can go: copies without a record, and shares past their expiry. Finding it deletes nothing."""

from collections.abc import Iterator
from itertools import groupby

from trainferry.errors import Corrupt, Missing
from trainferry.runs import layout
from trainferry.runs.garbage import Garbage, Skip, Times
from trainferry.share.record import ID, ShareRecord
from trainferry.store import ObjectInfo, Store


def shares(store: Store, times: Times, skip: Skip) -> Iterator[Garbage]:
    """A share that was taken back by half, one that has expired, and what a record does not name of its copies."""
    for share, infos in groupby(store.list("shares/"), key=lambda info: info.name.split("/")[1]):
        found = list(infos)
        if ID.fullmatch(share) and times.old(found):
            try:
                yield from _of_share(store, share, found, times)
            except Corrupt as error:
                skip(f"share {share}: {error.message}: it is left alone")


def _of_share(store: Store, share: str, infos: list[ObjectInfo], times: Times) -> list[Garbage]:
    record = layout.share_record(share)
    try:
        told = ShareRecord.loads(store.get(record))
    except Missing:
        return Garbage.of("share", share, times.old(info for info in infos if info.name != record))
    if not told.living(times.now):
        whole = sorted(infos, key=lambda info: info.name != record)
        return Garbage.of("share", share, whole if len(times.old(whole)) == len(whole) else ())
    named = {layout.share_file(share, file.number) for file in told.files}
    kept = {record, layout.share_page(share), *named}
    return Garbage.of("share", share, times.old(info for info in infos if info.name not in kept))
