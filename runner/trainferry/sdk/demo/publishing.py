"""A page in the store, and the link that opens it."""

import time
from dataclasses import dataclass

from trainferry.sdk.demo.page import Demo
from trainferry.sdk.links.openers import Opened, Opener
from trainferry.share import demos, record
from trainferry.share.record import DEMO, ShareRecord


@dataclass(frozen=True)
class Wanted:
    """`name` and `by` tell one demo from another; `source` in words; `seconds` it stays open."""

    name: str
    by: str
    source: str
    seconds: int


def publish(opener: Opener, made: Demo, wanted: Wanted) -> Opened:
    """What opens it: the same name of the same person keeps its link. The opener is prepared."""
    before = demos.standing(opener.store, wanted.name, wanted.by)
    share = before.record.id if before else record.fresh_id()
    now = time.time()
    told = ShareRecord(
        share,
        wanted.name,
        wanted.source,
        (demos.put(opener.store, share, before, wanted.name, made.html),),
        before.record.created if before else now,
        int(now) + wanted.seconds,
        wanted.by,
        kind=DEMO,
        scripts=made.scripts,
    )
    try:
        return opener.demo(told, before)
    except BaseException:
        if before is None:
            demos.discard(opener.store, told, before)
        raise
