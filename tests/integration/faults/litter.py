"""What is left of commands that did not come to their end: only what `ferry gc` names, and all of it sound."""

import time

import google_crc32c

from tests.integration.gc.conftest import ferry
from trainferry.data import catalog
from trainferry.runs import layout
from trainferry.runs.garbage import Garbage, Times
from trainferry.store import Store

LATER = 10.0  # seconds: everything that is there is old by then
OWN = ("gc/",)


def garbage(store: Store) -> list[Garbage]:
    """What `ferry gc` would name, if it was later."""
    now = time.time()
    return [one for _, find in ferry(store)._places() for one in find(Times(now, now + LATER))]


def unknown(store: Store, known: set[str], ended: bool) -> list[str]:
    """Objects that are neither `known` nor garbage, and those whose bytes are not the ones that were stored."""
    there = {info.name: info for info in store.list("")}
    loose = there.keys() - known if ended else set[str]()
    if loose:
        loose -= {info.name for one in garbage(store) for info in one.objects}
    sound = {name for name, info in there.items() if google_crc32c.value(store.get(name)) == info.crc32c}
    return [
        *(f"{name} is left, and gc does not name it" for name in sorted(loose) if not name.startswith(OWN)),
        *(f"{name} does not verify" for name in sorted(there.keys() - sound)),
    ]


def shards(store: Store, dataset: str) -> set[str]:
    """Those that the dataset's versions name."""
    return {
        layout.dataset_shard(dataset, shard.digest)
        for version in catalog.versions(store, dataset)
        for shard in catalog.load(store, dataset, version).shards
    }
