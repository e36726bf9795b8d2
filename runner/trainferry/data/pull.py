"""A version of a dataset becomes a folder: everything is verified before anything is visible."""

import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from trainferry.data import catalog, packs, staging
from trainferry.data.archive import Folder, safe
from trainferry.data.cursor import Cursor
from trainferry.data.index import File, Index, Shard
from trainferry.data.progress import Meter, Report
from trainferry.errors import Corrupt, Missing
from trainferry.runs import layout
from trainferry.store import Store
from trainferry.store.os_errors import printable

AT_ONCE = 3  # shards; each up to 16 MiB of memory


@dataclass(frozen=True)
class Pulled:
    """What is in the folder now. `size`: bytes of the files."""

    name: str
    version: str
    files: int
    size: int


def pull(store: Store, name: str, version: str, target: Path, progress: Report | None = None) -> Pulled:
    """Fetch a whole version into `target`. Its files replace those of the same name; others stay.

    They are unpacked beside the target and moved when every one is verified: at once when the target is new or empty,
    else file by file. Corrupt names the shard and the file that are not what was pushed, and changes nothing.
    """
    index = catalog.load(store, name, version)
    place = Path(os.path.realpath(target))
    meter = Meter(progress, "fetching", index.size, len(index.files))
    with staging.beside(place) as temporary:
        _fetch(store, index, Folder(temporary), meter)
        staging.move(temporary, place)
    return Pulled(name, version, len(index.files), index.size)


def _fetch(store: Store, index: Index, folder: Folder, meter: Meter) -> None:
    by_shard: dict[int, list[File]] = defaultdict(list)
    for file in index.files:
        folder.make(safe(file.path).rpartition("/")[0])
        by_shard[file.shard].append(file)
    with ThreadPoolExecutor(AT_ONCE, "ferry-pull") as pool:
        work = [
            pool.submit(_unpack, store, index, index.shards[number], files, folder, meter)
            for number, files in by_shard.items()
        ]
        try:
            for future in work:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _unpack(store: Store, index: Index, shard: Shard, files: list[File], folder: Folder, meter: Meter) -> None:
    """One shard's files into the folder. Raises Corrupt naming the first file, or else the shard, that is wrong."""
    object_name = layout.dataset_shard(index.dataset, shard.digest)
    where = f"{index.dataset}@{index.version[:8]}: shard {shard.digest[:12]}.tar"
    cursor = Cursor(_pieces(store, object_name, shard))
    try:
        for file in sorted(files, key=lambda file: file.offset):
            cursor.skip_to(file.offset)
            folder.write(file.path, cursor.take(file.size), int(file.mode, 8))
            if cursor.crc32c != file.crc32c:
                raise Corrupt(f"{where}, file {printable(file.path)}: not the bytes that were pushed (crc32c)")
            meter.add(file.size, 1)
        cursor.finish()
    except Missing as error:
        raise Corrupt(f"{where} is not in {store.url} any more", f"push {index.dataset} again") from error
    except EOFError as error:
        raise Corrupt(f"{where}: shorter than what was pushed", f"push {index.dataset} again") from error
    if (cursor.position, cursor.whole_crc32c) != (shard.size, shard.crc32c):
        raise Corrupt(f"{where}: not the bytes that were pushed (crc32c)", f"push {index.dataset} again")


def _pieces(store: Store, name: str, shard: Shard) -> Iterator[bytes]:
    """A packed shard in one request, a large one in many. Who reads verifies, file by file, so that it can be named."""
    if shard.size <= 2 * packs.SHARD:
        yield store.get(name, 0, shard.size)
    else:
        yield from store.read(name)
