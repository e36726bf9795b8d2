"""`ferry cp` into a store: local files, objects of the same store (server side), and of another one."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trainferry.data import fetching, relay, sending
from trainferry.data.copy import SMALL, Extent
from trainferry.data.fetching import Wanted
from trainferry.data.sending import Sending
from trainferry.sdk.cp.sources import Copied, Placed, SourceFile, Watch, rooted
from trainferry.store import ObjectInfo, Store


@dataclass
class Putting:
    """Files become the objects `root` + path. `stored`: what each path has become; `shown` + path is said to people.

    `opened` makes a store of a URL: what a copy between two corners of one bucket needs.
    """

    store: Store
    root: str
    shown: str
    watch: Watch
    opened: Callable[[str], Store]
    stored: dict[str, ObjectInfo] = field(default_factory=dict)

    def all(self, files: Sequence[Placed]) -> dict[str, ObjectInfo]:
        """Each verified. Raises Corrupt, Changed, Missing, Full."""
        self._send([(source, path) for source, path in files if source.local is not None])
        away: dict[int, list[Placed]] = defaultdict(list)
        for source, path in files:
            if source.store is not None and not self._inside(source.store, source, path):
                away[id(source.store)].append((source, path))
        for placed in away.values():
            for store in {id(source.store): source.store for source, _ in placed if source.store}.values():
                self._carry_small(store, placed)
                self._carry_large(store, placed)
        return self.stored

    def _done(self, source: SourceFile, path: str, info: ObjectInfo) -> None:
        self.stored[path] = info
        self.watch.done(Copied(source.label, f"{self.shown}{path}", info.size, info.crc32c))

    def _send(self, files: Sequence[Placed]) -> None:
        sources = {self.root + path: (source, path) for source, path in files}
        sent = [Sending(source.local, name) for name, (source, _) in sources.items() if source.local]
        sending.send_all(self.store, sent, lambda one, info: self._done(*sources[one.name], info), self.watch.moved)

    def _inside(self, store: Store, source: SourceFile, path: str) -> bool:
        """Server side, where source and target are one store; False where they are not."""
        (here, prefix), (there, other) = _root(self.store), _root(store)
        if source.extent is not None or here != there:
            return False
        if prefix == other:
            info = relay.within(self.store, source.objects, self.root + path)
        else:
            whole = self.store if not prefix else store if not other else self.opened(here)
            info = relay.within(whole, [other + name for name in source.objects], prefix + self.root + path)
        relay.checked(info, (source.size, source.crc32c), source.label)
        self.watch.moved(source.size)
        self._done(source, path, info)
        return True

    def _carry_small(self, store: Store, placed: Sequence[Placed]) -> None:
        sources = {path: source for source, path in placed}
        wanted = [
            Wanted(source.label, Path(path), source.size, source.crc32c, source.objects, source.extent)
            for source, path in placed
        ]
        for batch in fetching.small_ones(store, wanted):
            order: list[str] = []
            for path, info in zip(order, self.store.put_many(self._items(batch, order)), strict=False):
                relay.checked(info, (sources[path].size, sources[path].crc32c), sources[path].label)
                self._done(sources[path], path, info)

    def _items(self, batch: Iterator[tuple[Wanted, list[bytes]]], order: list[str]) -> Iterator[tuple[str, bytes]]:
        for one, pieces in batch:
            fetching.check(one, pieces)
            order.append(one.place.as_posix())
            self.watch.moved(one.size)
            yield self.root + order[-1], b"".join(pieces)

    def _carry_large(self, store: Store, placed: Sequence[Placed]) -> None:
        for source, path in placed:
            if source.size > SMALL:
                cargo = cargo_of(store, source)
                self._done(source, path, relay.between(cargo, self.store, self.root + path, self.watch.moved))


def cargo_of(store: Store, source: SourceFile) -> relay.Cargo:
    """Where its bytes are."""
    if source.extent is not None:
        return relay.Cargo(store, (source.extent,), source.crc32c)
    infos = [store.stat(name) for name in source.objects]
    extents = tuple(Extent(info.name, 0, info.size) for info in infos if info is not None)
    return relay.Cargo(store, extents, source.crc32c)


def _root(store: Store) -> tuple[str, str]:
    """The URL of all of the bucket or claim, and the prefix of this store in it. A folder is a store of its own."""
    if store.url.startswith("file:"):
        return store.url, ""
    root, prefix = rooted(store.url)
    return root, f"{prefix}/" if prefix else ""
