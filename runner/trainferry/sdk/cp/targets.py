"""Where `ferry cp` copies to. Each target takes files under paths that are below what was named."""

import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from trainferry.data import catalog, fetching, push, relay
from trainferry.data.archive import Folder, safe
from trainferry.data.fetching import Wanted
from trainferry.runs import addition, layout, lease, manifest
from trainferry.runs.manifest import StoredFile
from trainferry.sdk.cp.in_store import Putting, cargo_of
from trainferry.sdk.cp.sources import Copied, Placed, SourceFile, Watch
from trainferry.sdk.kept import Found
from trainferry.store import ObjectInfo, Store
from trainferry.store.os_errors import translated

Opener = Callable[[str], Store]


class Target(Protocol):
    """`path`: what was named; one that ends in `/`, or names a folder, takes files under their own names."""

    path: str

    def is_folder(self) -> bool:
        """Whether `path` is one now."""

    def take(self, files: Sequence[Placed], watch: Watch) -> None:
        """Each file under its path, verified."""


class Here:
    """A file or a folder of this machine."""

    def __init__(self, path: str) -> None:
        self.path, self._into = path, Path(path).expanduser()

    def is_folder(self) -> bool:
        return self._into.is_dir()

    def take(self, files: Sequence[Placed], watch: Watch) -> None:
        by_store: dict[int, list[tuple[Store, Wanted]]] = defaultdict(list)
        self._make_folders([Path(path).expanduser() for _, path in files])
        for source, path in files:
            place = Path(path).expanduser()
            made = Wanted(source.label, place, source.size, source.crc32c, source.objects, source.extent, source.mode)
            if source.store is not None:
                by_store[id(source.store)].append((source.store, made))

        def done(one: Wanted) -> None:
            watch.done(Copied(one.source, str(one.place), one.size, one.crc32c))

        for pairs in by_store.values():
            fetching.fetch_all(pairs[0][0], [wanted for _, wanted in pairs], done, watch.moved)

    def _make_folders(self, places: Sequence[Path]) -> None:
        """Below the target no link is followed; the way to it is the user's own."""
        root = self._into if all(self._into in place.parents for place in places) else self._into.parent
        folder = Folder(root)
        for place in places:
            folder.make(safe(place.relative_to(root).as_posix()).rpartition("/")[0])


class InStore:
    """Objects of a store; `url` is how people call it."""

    def __init__(self, store: Store, path: str, url: str, opened: Opener) -> None:
        self.store, self.path, self._url, self._opened = store, path, url, opened

    def is_folder(self) -> bool:
        prefix = f"{self.path.rstrip('/')}/" if self.path.strip("/") else ""
        return not prefix or next(iter(self.store.list(prefix)), None) is not None

    def take(self, files: Sequence[Placed], watch: Watch) -> None:
        Putting(self.store, "", f"{self._url}/", watch, self._opened).all(files)


class InRun:
    """The output of a run that is not under way."""

    def __init__(self, found: Found, path: str, opened: Opener) -> None:
        self.found, self.path, self._opened = found, path, opened
        self._known = manifest.load(found.store, found.run)[0]

    def is_folder(self) -> bool:
        return any(name.startswith(self.path.rstrip("/") + "/") for name in self._known.files)

    def take(self, files: Sequence[Placed], watch: Watch) -> None:
        run = self.found.run
        known = {*self._known.files, *(path for _, path in files)}
        for _, path in files:
            addition.check(run, known - {path}, path)
        root = layout.output(run, self._known.attempt, "", f"{time.time_ns():x}")
        stored = Putting(self.found.store, root, f"{run}:", watch, self._opened).all(files)
        added = {path: self._file(source, root + path, stored[path]) for source, path in files}
        addition.add(self.found.store, run, added)

    def _file(self, source: SourceFile, name: str, info: ObjectInfo) -> StoredFile:
        digest, mtime = source.sha256, time.time()
        if source.local is not None:
            with translated(source.local), source.local.open("rb") as file:
                digest, mtime = hashlib.file_digest(file, "sha256").hexdigest(), source.local.stat().st_mtime
        return StoredFile([name], info.size, info.crc32c, self._known.attempt, source.mode, mtime, digest)


class InDataset:
    """The newest version of a dataset: taking files makes another. Files of stores come to `scratch` first."""

    def __init__(self, store: Store, name: str, path: str, scratch: Path, tell: lease.Story) -> None:
        self.store, self.name, self.path, self._scratch, self._tell = store, name, path, scratch, tell

    def is_folder(self) -> bool:
        index = catalog.load(self.store, self.name, catalog.resolve(self.store, self.name))
        return any(file.path.startswith(self.path.rstrip("/") + "/") for file in index.files)

    def take(self, files: Sequence[Placed], watch: Watch) -> None:
        local = {path: source.local for source, path in self._fetched(files) if source.local}
        pushed = push.add(self.store, self.name, local, tell=self._tell)
        sums = {file.path: file.crc32c for file in catalog.load(self.store, self.name, pushed.version).files}
        for source, path in files:
            watch.moved(source.size)
            watch.done(Copied(source.label, f"{self.name}@{pushed.version[:8]}:{path}", source.size, sums[path]))

    def _fetched(self, files: Sequence[Placed]) -> list[Placed]:
        """All on this machine: shards are packed here."""
        away = [(source, f"{self._scratch}/{number}") for number, (source, _) in enumerate(files) if source.store]
        if away:
            Here(f"{self._scratch}/").take(away, Watch(lambda one: None, lambda size: None))
        places = {id(source): Path(place) for source, place in away}
        return [(replace(one, local=places[id(one)], store=None) if one.store else one, path) for one, path in files]


def write_out(source: SourceFile, watch: Watch) -> None:
    """A file to stdout, in order, verified at its end. Raises Corrupt."""
    for piece in _in_order(source):
        sys.stdout.buffer.write(piece)
        watch.moved(len(piece))
    sys.stdout.buffer.flush()


def _in_order(source: SourceFile) -> Iterator[bytes]:
    if source.store is not None:
        yield from relay.verified_pieces(cargo_of(source.store, source), source.label)
    elif source.local is not None:
        with translated(source.local), source.local.open("rb") as file:
            yield from iter(lambda: file.read(relay.PART), b"")
