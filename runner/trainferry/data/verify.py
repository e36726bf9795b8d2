"""Reading all bytes of a run's files or of a dataset, to see that they are those that were stored."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from trainferry.data import catalog, safetensors
from trainferry.data.cursor import Cursor
from trainferry.data.index import File, Index, Shard
from trainferry.data.scan import DIGITS
from trainferry.data.sums import Sums
from trainferry.errors import Changed, Corrupt, Missing
from trainferry.runs import layout
from trainferry.runs.manifest import StoredFile
from trainferry.runs.pieces import pieces
from trainferry.store import Store

T = TypeVar("T")
U = TypeVar("U")
AT_ONCE = 3  # files or shards; each up to 40 MB of memory


@dataclass(frozen=True)
class Read:
    """A file as it is in the store now. `crc32c` and `sha256` (hex) are of the bytes that were read.

    `compared`: with which recorded checksums; `problem`: one line, "" when it is what was stored.
    """

    path: str
    size: int
    crc32c: int = 0
    sha256: str = ""
    compared: str = "crc32c"
    problem: str = ""


def files(store: Store, stored: Mapping[str, StoredFile], paths: Iterable[str]) -> Iterator[Read]:
    """Each of a run's files, in the order of `paths`."""
    return _each(lambda path: _file(store, path, stored[path]), paths)


def dataset(store: Store, name: str, version: str) -> Iterator[Read]:
    """Each shard of a version as one, and besides each file in it that is not what was pushed."""
    index = catalog.load(store, name, version)
    by_shard: dict[int, list[File]] = defaultdict(list)
    for file in index.files:
        by_shard[file.shard].append(file)
    work = [(index.shards[number], members) for number, members in sorted(by_shard.items())]
    for found in _each(lambda one: _shard(store, index, *one), work):
        yield from found


def _each(check: Callable[[T], U], work: Iterable[T]) -> Iterator[U]:
    with ThreadPoolExecutor(AT_ONCE, "verify") as pool:
        try:
            yield from pool.map(check, work)
        finally:
            pool.shutdown(cancel_futures=True)


def _file(store: Store, path: str, stored: StoredFile) -> Read:
    sums, header = Sums(), safetensors.Header()
    problem = ""
    try:
        for piece in pieces(store, stored):
            sums.add(piece)
            header.add(piece)
    except (Missing, Corrupt, Changed) as error:
        problem = error.message
    is_weights = PurePosixPath(path).suffix == ".safetensors"
    problem = problem or _difference(sums, stored) or (header.problem(sums.size) if is_weights else "")
    compared = "crc32c, sha256" if stored.sha256 else "crc32c"
    return Read(path, sums.size, sums.crc32c, sums.sha256, compared, problem)


def _difference(sums: Sums, stored: StoredFile) -> str:
    if sums.size != stored.size:
        return f"{sums.size} bytes, {stored.size} were stored"
    if sums.crc32c != stored.crc32c:
        return f"crc32c {sums.crc32c:08x}, {stored.crc32c:08x} was stored"
    if stored.sha256 and sums.sha256 != stored.sha256:
        return f"sha256 {sums.sha256[:12]}..., {stored.sha256[:12]}... was stored"
    return ""


def _shard(store: Store, index: Index, shard: Shard, members: list[File]) -> list[Read]:
    """The shard as a whole, then its bad files."""
    path, whole, bad = f"{shard.digest}.tar", Sums(), list[Read]()

    def seen() -> Iterator[bytes]:
        for piece in store.read(layout.dataset_shard(index.dataset, shard.digest)):
            whole.add(piece)
            yield piece

    problem = ""
    try:
        cursor = Cursor(seen())
        for file in sorted(members, key=lambda file: file.offset):
            bad += _member(cursor, file)
        cursor.finish()
    except EOFError:
        problem = f"{whole.size} bytes, {shard.size} were stored"
    except (Missing, Corrupt, Changed) as error:
        problem = error.message
    expected = StoredFile([], shard.size, shard.crc32c, 0, sha256=shard.digest)
    problem = problem or _difference(whole, expected)
    return [Read(path, whole.size, whole.crc32c, whole.sha256, "crc32c, sha256", problem), *bad]


def _member(cursor: Cursor, file: File) -> list[Read]:
    sums = Sums()
    cursor.skip_to(file.offset)
    for piece in cursor.take(file.size):
        sums.add(piece)
    if (sums.crc32c, sums.sha256[:DIGITS]) == (file.crc32c, file.digest):
        return []
    said = f"crc32c {sums.crc32c:08x}, {file.crc32c:08x} was pushed"
    return [Read(file.path, sums.size, sums.crc32c, sums.sha256, "crc32c, sha256", said)]
