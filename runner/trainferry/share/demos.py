"""A demo's page in a store: it lies beside the one before until the record names it, so that its link never breaks."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from trainferry.errors import FerryError, Missing
from trainferry.runs import layout, lease
from trainferry.runs.swap import swap
from trainferry.share import create, record
from trainferry.share.record import DEMO, SharedFile, ShareRecord
from trainferry.store import Store

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Standing:
    """A demo as it is now, and the generation of its record."""

    record: ShareRecord
    generation: int


def standing(store: Store, name: str, by: str) -> Standing | None:
    """The living demo of that name that this person published; the newest when there are several."""
    for found in reversed(record.everything(store)):
        if found.kind == DEMO and (found.name, found.by) == (name, by):
            with suppress(Missing):  # taken back at this moment
                info = store.stat(layout.share_record(found.id))
                again = record.read(store, found.id)
                if info is not None and again.living():
                    return Standing(again, info.generation)
    return None


def put(store: Store, share: str, before: Standing | None, name: str, page: bytes) -> SharedFile:
    """The page as an object of its own, which no record names yet."""
    number = before.record.files[0].number + 1 if before else 0
    info = store.put(layout.share_file(share, number), page)
    return SharedFile(f"{name}.html", number, info.size, info.crc32c, hashlib.sha256(page).hexdigest(), HTML)


def publish(store: Store, told: ShareRecord, before: Standing | None) -> None:
    """Name it: from now on the link opens this page. Raises Changed when somebody else published in between."""
    if before is None:
        create.publish(store, told)
        return
    try:
        written = swap(store, layout.share_record(told.id), told.dumps(), before.generation)
        if lease.collected(store, written, create.LONGEST, lease.silent):
            create.look_again(store, told)
    except BaseException:
        discard(store, told, before)
        raise
    with suppress(FerryError):  # what stays of the one before is garbage, and gc finds it
        for file in before.record.files:
            store.delete(layout.share_file(told.id, file.number))


def discard(store: Store, told: ShareRecord, before: Standing | None) -> None:
    """Remove a page that did not come about, as far as that goes; the one before stays."""
    if before is None:
        create.discard(store, told.id)
        return
    with suppress(FerryError):
        store.delete(layout.share_file(told.id, told.files[0].number))
