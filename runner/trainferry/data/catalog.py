"""Which datasets a store has, and in which versions."""

import difflib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from trainferry.data import index
from trainferry.errors import BadInput, Missing
from trainferry.runs import layout, lease
from trainferry.runs.lease import Lease, Story
from trainferry.store import Store

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_INDEX = re.compile(r"datasets/([^/]+)/([0-9a-f]{64})/index")
PARTS = ".tar.parts/"  # in the names of pieces of a shard on its way
_HEAD = 1024  # bytes of an index that hold its first line


@dataclass(frozen=True)
class Dataset:
    """One version. `size`: bytes of its files; `created`: seconds since 1970."""

    name: str
    version: str
    files: int
    size: int
    created: float


def check_name(name: str) -> str:
    """A dataset's name, or BadInput: lower-case letters, digits and `-`, at most 63."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"dataset {name!r}: expected lower-case letters, digits and -, for example cifar10")
    return name


def versions(store: Store, name: str) -> list[str]:
    """The versions of a dataset, newest last; one request. The newest is the one that was pushed last."""
    shards = layout.dataset_shard(name, "").removesuffix(".tar")
    found: list[tuple[int, str]] = []
    for info in store.list(f"datasets/{check_name(name)}/"):
        if info.name.startswith(shards):  # by name all versions (hex) come before the many shards
            break
        match = _INDEX.fullmatch(info.name)
        if match:
            found.append((info.generation, match[2]))
    return [version for _, version in sorted(found)]


def datasets(store: Store) -> list[Dataset]:
    """Every version of every dataset, by name, newest last."""
    found = sorted((name, generation, version) for generation, name, version in _indexes(store))
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda entry: _dataset(store, entry[0], entry[2]), found))


def resolve(store: Store, name: str, version: str = "") -> str:
    """The whole version for the beginning of one, or the newest. Missing offers near names; BadInput when ambiguous."""
    known = versions(store, name)
    if not known:
        raise _no_dataset(store, name)
    if not version:
        return known[-1]
    fitting = [one for one in known if one.startswith(version)]
    if not fitting:
        latest = f"The newest is {name}@{known[-1][:8]}."
        raise Missing(f'no version "{version}" of dataset {name} in {store.url}. {latest}', "ferry data ls")
    if len(fitting) > 1:
        both = ", ".join(one[: len(version) + 4] for one in fitting[:3])
        raise BadInput(f"dataset {name}@{version}: ambiguous ({both})", "ferry data ls")
    return fitting[0]


def load(store: Store, name: str, version: str) -> index.Index:
    """The index of a whole version, verified. Raises Missing, Corrupt."""
    place = layout.dataset_index(check_name(name), version)
    try:
        data = store.get(place)
    except Missing:
        raise Missing(f'no version "{version[:8]}" of dataset {name} in {store.url}', "ferry data ls") from None
    return index.loads(data, f"{name}@{version[:8]}")


def remove(store: Store, name: str, version: str = "", tell: Story = lease.silent) -> None:
    """Remove one version, or the dataset when there is none given, and the shards that nothing needs any more.

    First the indexes, then the shards: what is left by an interruption is invisible, and the next removal takes it. A
    push under way sees that (runs/lease.py) and sends again what it counted on; its parts are `ferry gc`'s.
    """
    doomed = {resolve(store, name, version)} if version else set(versions(store, name))
    if not doomed:
        raise _no_dataset(store, name)
    with lease.held(store, f"data rm {name}", tell) as taken:
        _remove(store, name, doomed, taken)


def _remove(store: Store, name: str, doomed: set[str], taken: Lease) -> None:
    for one in sorted(doomed):
        store.delete(layout.dataset_index(name, one))
    kept = {
        layout.dataset_shard(name, shard.digest)
        for one in versions(store, name)
        for shard in load(store, name, one).shards
    }
    prefix = layout.dataset_shard(name, "").removesuffix(".tar")
    unused = [info.name for info in store.list(prefix) if info.name not in kept and PARTS not in info.name]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: _delete(store, name, taken), unused))


def _delete(store: Store, name: str, taken: Lease) -> None:
    taken.check()
    store.delete(name)


def _indexes(store: Store) -> Iterator[tuple[int, str, str]]:
    for info in store.list("datasets/"):
        match = _INDEX.fullmatch(info.name)
        if match:
            yield info.generation, match[1], match[2]


def _dataset(store: Store, name: str, version: str) -> Dataset:
    header = index.head(store.get(layout.dataset_index(name, version), 0, _HEAD), f"{name}@{version[:8]}")
    return Dataset(name, version, header.files, header.size, header.created)


def _no_dataset(store: Store, name: str) -> Missing:
    names = sorted({name for _, name, _ in _indexes(store)})
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    return Missing(f'no dataset "{name}" in {store.url}.{guess}', "ferry data ls" if names else "ferry data push DIR")
