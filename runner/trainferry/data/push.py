"""A folder becomes a version of a dataset: hash what changed, pack what is new, write the index last."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from trainferry.data import catalog, index, packing, scan
from trainferry.data.archive import safe
from trainferry.data.index import File, Index
from trainferry.data.packing import Packing, Placed
from trainferry.data.progress import Meter, Progress, Report
from trainferry.data.scan import Found
from trainferry.data.shards import Shards
from trainferry.data.stat_cache import StatCache
from trainferry.errors import BadInput, Changed, Missing
from trainferry.runs import layout, lease
from trainferry.runs.lease import Story
from trainferry.runs.swap import swap
from trainferry.store import Store
from trainferry.store.os_errors import printable

__all__ = ["Progress", "Pushed", "Report", "add", "push"]

TRIES = 3  # when what a push counts on is removed meanwhile


@dataclass(frozen=True)
class Pushed:
    """What a push did. `size`: bytes of the files; `new_shards` and `new_bytes` travelled."""

    name: str
    version: str
    files: int
    size: int
    new_shards: int = 0
    new_bytes: int = 0


def push(store: Store, folder: Path, name: str, progress: Report | None = None, tell: Story = lease.silent) -> Pushed:
    """Make `folder` the newest version of dataset `name`. What the store has already does not travel again.

    A push that is interrupted leaves nothing visible, and the next one goes on where it ended. Raises BadInput (what
    cannot be read or stored, by name), Changed (a file was written meanwhile), Unreachable, Forbidden, Full.
    """
    catalog.check_name(name)
    _refuse_own_store(store, folder)
    began = lease.uptime()
    files = scan.scan(folder)
    cache = StatCache(folder)
    known = catalog.versions(store, name)
    size = sum(file.size for file in files)
    version = cache.version(files)
    if version is not None and version in known:
        _renew(store, name, version, known)
        return Pushed(name, version, len(files), size)
    base = _newest(store, name, known)
    work, sent = _Work(store, name, folder, cache, began, tell), _Sent()
    for _ in range(TRIES):
        placed = sent.send(work, files, base, known, Meter(progress, "uploading", size, len(files)))
        if not sent.lost:
            cache.save([(file.found, file.hashes) for file in placed], sent.version)
            return Pushed(name, sent.version, len(files), size, sent.shards, sent.bytes)
    raise Changed(f"dataset {name}: shards were removed from {store.url} during the push", "push again")


def add(
    store: Store,
    name: str,
    files: Mapping[str, Path],
    progress: Report | None = None,
    tell: Story = lease.silent,
) -> Pushed:
    """The newest version with local `files`, by their paths in it, added or replaced, becomes the newest.

    Nothing else is read or travels. Raises as `push`, and Missing when there is no such dataset.
    """
    began = lease.uptime()
    if any(safe(path) != path for path in files):
        raise BadInput(f"{name}: not every path is one of a dataset's")
    base = catalog.load(store, name, catalog.resolve(store, name))
    _refuse_mixed({file.path for file in base.files}, files, name)
    with TemporaryDirectory(prefix="ferry-") as scratch:
        found = [scan.linked(Path(scratch), path, place) for path, place in sorted(files.items())]
        size = sum(file.size for file in found)
        work = _Work(store, name, Path(scratch), StatCache(Path(scratch)), began, tell)
        sent = _Sent(kept=tuple(packing.kept(base, files.keys())))
        meter = Meter(progress, "uploading", size, len(found))
        placed = sent.send(work, found, base, catalog.versions(store, name), meter)
    if sent.lost:
        raise Changed(f"dataset {name}: shards were removed from {store.url} meanwhile", "try again")
    return Pushed(name, sent.version, len(placed), sum(file.found.size for file in placed), sent.shards, sent.bytes)


def _refuse_mixed(known: Collection[str], files: Collection[str], name: str) -> None:
    """BadInput when a file and a folder would have one name."""
    paths = {*known, *files}
    folders = {path[:at] for path in paths for at, char in enumerate(path) if char == "/"}
    for path in sorted(folders & paths):
        raise BadInput(f"{name}:{printable(path)}: it would be a file and a folder")


@dataclass(frozen=True)
class _Work:
    """What is the same in every try. `began`: when the first of them looked at the store."""

    store: Store
    name: str
    folder: Path
    cache: StatCache
    began: float
    tell: Story


@dataclass
class _Sent:
    """What the tries so far have done; `lost`: digests of shards that were counted on and are not there any more."""

    version: str = ""
    shards: int = 0
    bytes: int = 0
    lost: frozenset[str] = frozenset()
    kept: tuple[Placed, ...] = ()  # files that are not read: they stay where they are

    def send(self, work: _Work, files: list[Found], base: Index | None, known: list[str], meter: Meter) -> list[Placed]:
        """Place every file, and publish the version unless it is known."""
        with Shards(work.store, work.name, self.lost) as shards:
            placing = Packing(work.folder, work.cache, base, shards, meter)
            placed = sorted([*self.kept, *map(placing.place, files)], key=lambda file: file.found.path)
            self.version, self.lost = index.version_of(_unplaced(placed)), frozenset()
            if self.version in known:
                _renew(work.store, work.name, self.version, known)
            else:
                placing.seal()
                self.lost = _publish(work, self.version, placed, shards)
        self.shards, self.bytes = self.shards + shards.new, self.bytes + shards.new_bytes
        return placed


def _newest(store: Store, name: str, known: list[str]) -> Index | None:
    """The version whose shards are used again; None when there is none, or when it was removed this moment."""
    with suppress(Missing):
        return catalog.load(store, name, known[-1]) if known else None
    return None


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
        info = store.stat(place)
        if info is None:
            raise Changed(f"dataset {name}@{version[:8]} was removed during the push", "push again")
        swap(store, place, store.get(place), info.generation)


def _publish(work: _Work, version: str, placed: list[Placed], shards: Shards) -> frozenset[str]:
    """Write the index, which makes the version visible; only now, that everything it names is stored.

    What was removed meanwhile (runs/lease.py) is returned, and the index taken back.
    """
    stored, files = packing.entries(placed)
    place = layout.dataset_index(work.name, version)
    data = index.dumps(Index(work.name, version, time.time(), stored, files))
    written = work.store.put(place, data)
    if not lease.collected(work.store, written, lease.uptime() - work.began, work.tell):
        return frozenset()
    lost = frozenset(shard.digest for shard in shards.missing(stored))
    if lost:
        with suppress(Changed):  # somebody else pushed the same content, and looks for himself
            work.store.delete(place, if_generation=written.generation)
    return lost
