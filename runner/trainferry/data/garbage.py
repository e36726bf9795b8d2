"""What of datasets and of transfers nothing names any more. Finding it deletes nothing."""

from collections.abc import Iterator
from itertools import groupby

from trainferry.data import catalog
from trainferry.errors import Corrupt, Missing
from trainferry.runs import layout
from trainferry.runs.garbage import Garbage, Skip, Times
from trainferry.store import ObjectInfo, Store
from trainferry.store.names import PARTS


def shards(store: Store, times: Times, skip: Skip) -> Iterator[Garbage]:
    """Shards, whole or in parts, that no index names. A dataset with an index that cannot be read is left alone."""
    for name, infos in groupby(store.list("datasets/"), key=lambda info: info.name.split("/")[1]):
        found = list(infos)
        inside = {info.name: info.name.removeprefix(f"datasets/{name}/") for info in found}
        candidates = times.old(info for info in found if inside[info.name].startswith("shards/"))
        try:
            named = _named(store, name) if candidates else set()
        except Corrupt as error:
            skip(f"{error.message}: the shards of {name} are left alone")
            continue
        loose = [info for info in candidates if info.name not in named]
        yield from Garbage.of("shards", name, loose)


def parts(store: Store, times: Times) -> Iterator[Garbage]:
    """Pieces of uploads that never came to an end."""
    for upload, infos in groupby(store.list(f"{PARTS}/"), key=_upload):
        found = list(infos)
        if len(times.old(found)) == len(found):  # with a young piece it goes on
            yield from Garbage.of("parts", upload, found)


def _named(store: Store, name: str) -> set[str]:
    """The shards that the indexes name now."""
    named = set[str]()
    for version in catalog.versions(store, name):
        try:
            index = catalog.load(store, name, version)
        except Missing:  # removed since it was listed
            continue
        named.update(layout.dataset_shard(name, shard.digest) for shard in index.shards)
    return named


def _upload(info: ObjectInfo) -> str:
    return "/".join(info.name.split("/")[:2])
