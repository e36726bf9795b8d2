"""A folder as a store: `file:///folder`. Objects are plain files under their own names.

An object's generation is its modification time in ns, which one lock per store makes grow with every write. Its crc32c
lies in an extended attribute; where the file system has none (or a copy lost it) it is computed from the bytes.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from trainferry.errors import BadInput, Changed, Corrupt, Missing
from trainferry.store import checksum, folder, names
from trainferry.store.drafts import Change, Draft, Drafts
from trainferry.store.os_errors import translated
from trainferry.store.protocol import Moved, ObjectInfo, unheard

TOGETHER = 64  # small objects that are made durable together


class FileStore:
    """See `Store`. Safe for threads and processes of one machine (flock); writes are temp file, fsync, rename."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))
        self.url = self.root.as_uri()
        self._drafts = Drafts(self.root, self.url)

    def stat(self, name: str) -> ObjectInfo | None:
        try:
            info, file = self.open(name)
        except Missing:
            return None
        file.close()
        return info

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        with self._reading(name) as file:
            file.seek(start)
            data = file.read(-1 if length is None else length)
            if start == 0 and length is None:
                self._verify(name, google_crc32c.value(data), file)
            return data

    def read(self, name: str, chunk: int = checksum.PIECE) -> Iterator[bytes]:
        with self._reading(name) as file:
            crc = 0
            while piece := file.read(chunk):
                crc = google_crc32c.extend(crc, piece)
                yield piece
            self._verify(name, crc, file)

    def open(self, name: str) -> tuple[ObjectInfo, BinaryIO]:
        """The object and its file, for whoever reads it piece by piece; a later write does not change what is read."""
        with self._opening(name):
            file = folder.open_file(self.root, names.check(name))
            try:
                return _info(name, file), file
            except BaseException:
                file.close()
                raise

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        return self._write(name, [data], if_generation)

    def put_file(self, name: str, path: Path, if_generation: int | None = None, moved: Moved = unheard) -> ObjectInfo:
        with translated(path), path.open("rb") as file:
            return self._write(name, checksum.pieces(file, moved), if_generation)

    def get_many(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        return ((name, self.get(name)) for name in names)

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> "list[ObjectInfo]":
        waiting, infos = iter(items), list[ObjectInfo]()
        while some := list(islice(waiting, TOGETHER)):
            infos += self._together(some)
        return infos

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        """See `Store`; only what comes behind `after`."""
        names.check_prefix(prefix)
        with translated(self.root):
            for place, name in folder.files(self.root, prefix, after):
                if names.is_name(name):
                    with suppress(FileNotFoundError), _plain(place, name) as file:
                        yield _info(name, file)

    def compose(self, name: str, parts: Sequence[str], if_generation: int | None = None) -> ObjectInfo:
        if not 1 <= len(parts) <= 32:
            raise BadInput(f"compose {name}: 1 to 32 parts, not {len(parts)}")
        return self._write(name, (piece for part in parts for piece in self.read(part)), if_generation)

    def copy(self, source: str, target: str) -> ObjectInfo:
        return self._write(target, self.read(source), None)

    def delete(self, name: str, if_generation: int | None = None) -> None:
        *parts, last = names.check(name).split("/")
        with translated(f"{self.root}/{name}"), self._drafts.lock():
            generation = self._drafts.generation(name)
            if not generation:
                return
            if if_generation is not None and generation != if_generation:
                raise Changed(f"{self.url}/{name} was changed by somebody else")
            with folder.descended(self.root, parts) as place:
                os.unlink(last, dir_fd=place)
            folder.prune(self.root, parts)

    def draft(self) -> Draft:
        """An empty draft, to be written, then committed or dropped."""
        with translated(self.root):
            return self._drafts.new()

    def drop(self, draft: Draft) -> None:
        """Forgets a draft; nothing of it is left."""
        self._drafts.drop(draft)

    def commit(self, change: Change) -> ObjectInfo:
        """A draft becomes an object, durable and at once; it is dropped when that fails."""
        names.check(change.name)
        with translated(f"{self.root}/{change.name}"):
            return self._drafts.commit([change])[0]

    def _write(self, name: str, pieces: Iterable[bytes], if_generation: int | None) -> ObjectInfo:
        return self.commit(Change(self._written(name, pieces), name, if_generation))

    def _written(self, name: str, pieces: Iterable[bytes]) -> Draft:
        names.check(name)
        draft = self.draft()
        try:
            with translated(f"{self.root}/{name}"):
                for piece in pieces:
                    draft.write(piece)
        except BaseException:
            self.drop(draft)
            raise
        return draft

    def _together(self, items: Iterable[tuple[str, bytes]]) -> Sequence[ObjectInfo]:
        """A few small objects by one turn at the lock."""
        changes = []
        try:
            for name, data in items:
                changes.append(Change(self._written(name, [data]), name))
        except BaseException:
            for change in changes:
                self.drop(change.draft)
            raise
        with translated(self.root):
            return self._drafts.commit(changes)

    @contextmanager
    def _reading(self, name: str) -> Iterator[BinaryIO]:
        with self._opening(name), folder.open_file(self.root, names.check(name)) as file:
            yield file

    @contextmanager
    def _opening(self, name: str) -> Iterator[None]:
        """What is not there is Missing."""
        with translated(f"{self.root}/{name}"):
            try:
                yield
            except FileNotFoundError:
                raise Missing(f"no object {name} in {self.url}") from None

    def _verify(self, name: str, crc: int, file: BinaryIO) -> None:
        stored = checksum.stored(file)
        if stored is not None and stored != crc:
            raise Corrupt(f"{self.url}/{name}: crc32c {crc:08x} is not the stored {stored:08x}")


def _plain(place: int, name: str) -> BinaryIO:
    """A listed file; FileNotFoundError when it went meanwhile, or is none of ours."""
    try:
        return folder.open_in(place, name.rpartition("/")[2])
    except OSError as error:
        if error.errno in folder.NOT_THERE:
            raise FileNotFoundError from None
        error.filename = None
        raise


def _info(name: str, file: BinaryIO) -> ObjectInfo:
    found = os.fstat(file.fileno())
    crc = checksum.stored(file)
    if crc is None:
        crc = checksum.computed(file)
        file.seek(0)
    return ObjectInfo(name, found.st_size, found.st_mtime_ns, crc, found.st_mtime_ns / 1e9)
