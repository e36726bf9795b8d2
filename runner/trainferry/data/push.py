"""A folder becomes a version of a dataset: hash what changed, pack what is new, write the index last."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainferry.data import catalog, index, packing, scan
from trainferry.data.index import File, Index
from trainferry.data.packing import Packing, Placed
from trainferry.data.progress import Meter, Progress, Report
from trainferry.data.shards import Shards
from trainferry.data.stat_cache import StatCache
from trainferry.errors import BadInput, Changed
from trainferry.runs import layout
from trainferry.store import Store
from trainferry.store.os_errors import printable

__all__ = ["Progress", "Pushed", "Report", "push"]


@dataclass(frozen=True)
class Pushed:
    """What a push did. `size`: bytes of the files; `new_shards` and `new_bytes` travelled."""

    name: str
    version: str
    files: int
    size: int
    new_shards: int = 0
    new_bytes: int = 0


def push(store: Store, folder: Path, name: str, progress: Report | None = None) -> Pushed:
    """Make `folder` the newest version of dataset `name`. What the store has already does not travel again.

    A push that is interrupted leaves nothing visible, and the next one goes on where it ended. Raises BadInput (what
    cannot be read or stored, by name), Changed (a file was written meanwhile), Unreachable, Forbidden, Full.
    """
    catalog.check_name(name)
    _refuse_own_store(store, folder)
    files = scan.scan(folder)
    cache = StatCache(folder)
    known = catalog.versions(store, name)
    size = sum(file.size for file in files)
    version = cache.version(files)
    if version is not None and version in known:
        _renew(store, name, version, known)
        return Pushed(name, version, len(files), size)
    base = catalog.load(store, name, known[-1]) if known else None
    with Shards(store, name) as shards:
        placing = Packing(folder, cache, base, shards, Meter(progress, "uploading", size, len(files)))
        placed = [placing.place(file) for file in files]
        version = index.version_of(_unplaced(placed))
        if version in known:
            _renew(store, name, version, known)
        else:
            placing.seal()
            _publish(store, name, version, placed, shards)
    cache.save([(file.found, file.hashes) for file in placed], version)
    return Pushed(name, version, len(files), size, shards.new, shards.new_bytes)


def _refuse_own_store(store: Store, folder: Path) -> None:
    """A folder that holds the store would grow by every push of itself."""
    own = folder.resolve()
    if store.url == own.as_uri() or store.url.startswith(f"{own.as_uri()}/"):
        raise BadInput(f"{printable(folder)} holds the store itself ({store.url})", "push a folder beside it")


def _unplaced(placed: list[Placed]) -> Iterator[File]:
    """For the version, which does not depend on places."""
    return (File(p.found.path, p.found.size, *p.hashes, p.found.mode, 0, 0) for p in placed)


def _renew(store: Store, name: str, version: str, known: list[str]) -> None:
    """An older version that is pushed again becomes the newest: its index is written once more."""
    if version != known[-1]:
        place = layout.dataset_index(name, version)
        store.put(place, store.get(place))


def _publish(store: Store, name: str, version: str, placed: list[Placed], shards: Shards) -> None:
    """Write the index, which makes the version visible; only now, that everything it names is stored."""
    stored, files = packing.entries(placed)
    place = layout.dataset_index(name, version)
    store.put(place, index.dumps(Index(name, version, time.time(), stored, files)))
    reused = any(file.home.stored for file in placed)
    if reused and shards.missing(stored):  # a `data rm` at the same time took what we counted on
        store.delete(place)
        raise Changed(f"dataset {name}: a version was removed during the push", "push again")
