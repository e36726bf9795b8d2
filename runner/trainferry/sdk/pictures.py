"""The pictures that a table of predictions names: of the run's output, of its first dataset, or beside the table."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from trainferry.data import catalog
from trainferry.data.copy import Extent
from trainferry.data.fetching import Wanted, check, small_ones
from trainferry.errors import BadInput, Corrupt
from trainferry.runs import layout, reader, record
from trainferry.runs.manifest import StoredFile
from trainferry.runs.record import Record
from trainferry.store import Store

LARGEST = 256 << 20  # bytes of one file


def named(store: Store, run: str, paths: Iterable[str]) -> dict[str, bytes]:
    """Those that the run's output has, and of the others those of its first dataset."""
    asked = set(paths)
    found = of_run(store, run, asked, reader.files(store, run)) if asked else {}
    missing = asked - set(found)
    return found | of_dataset(store, record.read(store, run), missing) if missing else found


def of_run(store: Store, run: str, paths: Iterable[str], files: Mapping[str, StoredFile]) -> dict[str, bytes]:
    """Those that the output has."""
    wanted = {path: files[path] for path in paths if path in files and files[path].size <= LARGEST}
    return {path: reader.content(store, run, path, stored) for path, stored in wanted.items()}


def of_dataset(store: Store, record: Record | None, paths: Iterable[str]) -> dict[str, bytes]:
    """Those that the run's first dataset has; none when there is no such dataset any more."""
    mounts = record.spec.get("data", ()) if record else ()
    if not mounts or not (asked := set(paths)):
        return {}
    name, version = mounts[0]["dataset"], mounts[0]["version"]
    try:
        index = catalog.load(store, name, catalog.resolve(store, name, version))
    except (BadInput, Corrupt):
        return {}
    wanted = []
    for file in index.files:
        if file.path in asked:
            extent = Extent(layout.dataset_shard(name, index.shards[file.shard].digest), file.offset, file.size)
            wanted.append(Wanted(f"{name}:{file.path}", Path(file.path), file.size, file.crc32c, extent=extent))
    found = {}
    for batch in small_ones(store, wanted):
        for one, pieces in batch:
            check(one, pieces)
            found[str(one.place)] = b"".join(pieces)
    return found


def beside(folder: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Those that lie in this folder of this machine or below it, and nowhere else."""
    root, found = folder.resolve(), {}
    for path in paths:
        place = (root / path).resolve()
        if place.is_relative_to(root) and place.is_file() and place.stat().st_size <= LARGEST:
            found[path] = place.read_bytes()
    return found
