"""Shares made by the library, without the command line."""

import time
from collections.abc import Sequence
from typing import Any

from tests.integration.share.conftest import RUN
from trainferry.share import choice, create, record
from trainferry.share.record import ShareRecord
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
