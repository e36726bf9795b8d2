"""Bringing shards into a store: a few at a time, and only those that are not there."""

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

import google_crc32c

from trainferry.data.index import Shard
from trainferry.errors import Changed, Corrupt, FerryError
from trainferry.runs import layout
from trainferry.store import ObjectInfo, Store

T = TypeVar("T")
IN_FLIGHT = 3  # shards on their way at once: enough for a fast network, 100 MB of memory
PART = 16 << 20  # bytes of one part of a large shard
FAN_IN = 32  # objects that one compose takes


class Shards:
    """The shards of one dataset in one store, as a push sees them."""

    def __init__(self, store: Store, dataset: str, lost: Collection[str] = ()) -> None:
        """`lost`: digests of shards that an earlier try counted on in vain."""
        self.store, self.dataset, self.lost = store, dataset, lost
        self.new, self.new_bytes = 0, 0
        self._lock = threading.Lock()
        self._failed: BaseException | None = None
        self._pool = ThreadPoolExecutor(IN_FLIGHT, "ferry-push")
        self._free = threading.Semaphore(IN_FLIGHT)

    def send(self, tar: bytes) -> "Future[Shard]":
        """Starts the upload of a packed shard; waits when too many are on their way."""
        return self._submit(self._send, tar)

    def send_large(self, shard: Shard, pieces: Iterable[bytes]) -> None:
        """A shard that is not held in memory: in parts, which a push after a kill finds again, and composed at the end.

        Raises Changed when `pieces` are not the bytes that `shard` was computed of.
        """
        name = layout.dataset_shard(self.dataset, shard.digest)
        if not self._has(name, shard.size, shard.crc32c):
            parts = [future.result() for future in self._send_parts(name, _parts(pieces))]
            info = self._by_another(name, shard) or self._composed(name, parts, shard)
            if (info.size, info.crc32c) != (shard.size, shard.crc32c):
                self.store.delete(name)
                raise Changed("a file changed while it was read", "push again when nobody writes to it")
            self._count(1, 0)
        self._remove_parts(name)

    def missing(self, wanted: Iterable[Shard]) -> list[Shard]:
        """Those that the store does not have now."""
        there = {info.name for info in self.store.list(self._prefix)}
        return [shard for shard in wanted if layout.dataset_shard(self.dataset, shard.digest) not in there]

    def __enter__(self) -> "Shards":
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the threads; what is being sent is finished, what waits is not begun."""
        self._pool.shutdown(cancel_futures=True)

    @property
    def _prefix(self) -> str:
        return layout.dataset_shard(self.dataset, "").removesuffix(".tar")

    @cached_property
    def _there(self) -> dict[str, ObjectInfo]:
        """What earlier pushes left, whole or in parts."""
        return {info.name: info for info in self.store.list(self._prefix)}

    def _submit(self, work: Callable[..., T], *arguments: object) -> "Future[T]":
        """Waits for a free place, so that memory stays bounded; raises what an earlier one raised."""
        self._free.acquire()
        if self._failed is not None:
            self._free.release()
            raise self._failed
        future = self._pool.submit(work, *arguments)
        future.add_done_callback(self._finished)
        return future

    def _finished(self, future: "Future[T]") -> None:
        if not future.cancelled() and future.exception() is not None:
            self._failed = future.exception()
        self._free.release()

    def _has(self, name: str, size: int, crc: int) -> bool:
        with self._lock:
            found = self._there.get(name)
        return found is not None and (found.size, found.crc32c) == (size, crc)

    def _send(self, tar: bytes) -> Shard:
        shard = Shard(hashlib.sha256(tar).hexdigest(), len(tar), google_crc32c.value(tar))
        self._put(layout.dataset_shard(self.dataset, shard.digest), tar, shard.crc32c)
        return shard

    def _put(self, name: str, data: bytes, crc: int) -> None:
        if self._has(name, len(data), crc):
            return
        info = self.store.put(name, data)
        if info.crc32c != crc:
            raise Corrupt(f"{self.store.url}/{name}: the store kept crc32c {info.crc32c:08x}, sent was {crc:08x}")
        self._count(1, len(data))

    def _count(self, shards: int, size: int) -> None:
        with self._lock:
            self.new += shards
            self.new_bytes += size

    def _send_parts(self, name: str, parts: Iterator[bytes]) -> "list[Future[str]]":
        return [self._submit(self._send_part, f"{name}.parts/0-{number:06}", data) for number, data in enumerate(parts)]

    def _send_part(self, name: str, data: bytes) -> str:
        if not self._has(name, len(data), google_crc32c.value(data)):
            self.store.put(name, data)
            self._count(0, len(data))
        return name

    def _by_another(self, name: str, shard: Shard) -> ObjectInfo | None:
        """What another push of the same file made of the same parts, which it then removed."""
        info = self.store.stat(name)
        return info if info and (info.size, info.crc32c) == (shard.size, shard.crc32c) else None

    def _composed(self, name: str, parts: list[str], shard: Shard) -> ObjectInfo:
        try:
            return self._compose(name, parts)
        except FerryError:
            info = self._by_another(name, shard)
            if info is None:
                raise
            return info

    def _compose(self, name: str, parts: list[str]) -> ObjectInfo:
        """32 into one, and again, until one is left."""
        level = 0
        while len(parts) > FAN_IN:
            level += 1
            groups = [parts[start : start + FAN_IN] for start in range(0, len(parts), FAN_IN)]
            parts = [
                self.store.compose(f"{name}.parts/{level}-{number:06}", group).name
                for number, group in enumerate(groups)
            ]
        return self.store.compose(name, parts)

    def _remove_parts(self, name: str) -> None:
        list(self._pool.map(self.store.delete, [info.name for info in self.store.list(f"{name}.parts/")]))


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of PART; the last may be shorter."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
    if waiting:
        yield bytes(waiting)
