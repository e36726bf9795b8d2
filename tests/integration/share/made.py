"""Shares made by the library, without the command line."""

import hashlib
import time
from collections.abc import Sequence
from typing import Any

from tests.integration.share.conftest import RUN
from trainferry.runs import layout
from trainferry.share import choice, create, record
from trainferry.share.record import DEMO, SharedFile, ShareRecord
from trainferry.store import Store


def share(store: Store, paths: Sequence[str] = ("best",), seconds: int = 3600, **fields: Any) -> ShareRecord:
    """Of the shelf's run."""
    chosen = choice.choose(store, RUN, paths, allow_pickle=True)
    one = record.fresh_id()
    files = create.copies(store, one, chosen.files)
    now = time.time()
    made = ShareRecord(one, fields.pop("name", "A share"), RUN, files, now, int(now) + seconds, "alice", **fields)
    create.publish(store, made)
    return made


def demo(store: Store, page: bytes, scripts: Sequence[str]) -> ShareRecord:
    """A page with the sha256 (base64) of its scripts."""
    one, now = record.fresh_id(), time.time()
    info = store.put(layout.share_file(one, 0), page)
    file = SharedFile("demo.html", 0, info.size, info.crc32c, hashlib.sha256(page).hexdigest(), "text/html")
    made = ShareRecord(one, "Demo", RUN, (file,), now, int(now) + 3600, kind=DEMO, scripts=tuple(scripts))
    create.publish(store, made)
    return made
