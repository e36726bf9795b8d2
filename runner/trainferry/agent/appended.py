"""Files that only grow (logs, tfevents, *.jsonl): immutable chunks now, one object in the end."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import google_crc32c

from trainferry.data.sums import Sums
from trainferry.errors import Corrupt
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store

CHUNK = 4 << 20  # bytes of one request
TAIL = 4096  # bytes before the new ones that are compared at every look
COMPOSED = 32  # objects become one: as many as GCS takes


class Rewritten(Exception):
    """The file does not begin with what is stored of it: it is not one that only grows."""


class Appended:
    """`stored`: what the store has, None before the first byte. `names`: prefix of the chunks, and the one object."""

    def __init__(
        self, store: Store, path: Path, names: tuple[str, str], attempt: int, stored: StoredFile | None
    ) -> None:
        self.store, self.path, (self.parts, self.final) = store, path, names
        self.stored = stored or StoredFile([], 0, 0, attempt)
        self.attempt, self.garbage = attempt, list[str]()
        self._tail = b""
        self._checked = not self.stored.size

    def pending(self, size: int) -> int:
        """Bytes that are not stored yet, when the file has `size`. Raises Rewritten when it shrank."""
        if size < self.stored.size:
            raise Rewritten
        return size - self.stored.size

    def publish(self, moved: Callable[[int], None]) -> bool:
        """Store one more chunk; True when there was something to store. Raises Rewritten."""
        if not self._checked:
            self.check()
        with self.path.open("rb") as file:
            stat = os.fstat(file.fileno())
            self.pending(stat.st_size)
            file.seek(self.stored.size - len(self._tail))
            if file.read(len(self._tail)) != self._tail:
                raise Rewritten
            data = file.read(CHUNK)
        if not data:
            return False
        crc = google_crc32c.extend(self.stored.crc32c, data)
        self._put(data, moved)
        self._tail = (self._tail + data)[-TAIL:]
        self.stored = replace(
            self.stored,
            objects=self._settled([*self.stored.objects, self._chunk()]),
            size=self.stored.size + len(data),
            crc32c=crc,
            attempt=self.attempt,
            mode=stat.st_mode & 0o777,
            mtime=stat.st_mtime,
            sha256="",
        )
        return True

    def check(self) -> None:
        """Compare the whole of what is stored with the file's beginning. Raises Rewritten."""
        self._digest()

    def finish(self) -> bool:
        """One object instead of many, and its sha256; True when that changed something. Raises Rewritten, Corrupt."""
        if self.stored.sha256 or not self.stored.objects:
            return False
        digest = self._digest()
        if self.stored.attempt == self.attempt and len(self.stored.objects) > 1:
            self.stored = replace(self.stored, objects=[self._one()])
        self.stored = replace(self.stored, sha256=digest)
        return True

    def _digest(self) -> str:
        """The sha256 of what is stored, read from the file. Raises Rewritten when that is not what is stored."""
        sums, tail = _sums(self.path, self.stored.size)
        if sums.crc32c != self.stored.crc32c:
            raise Rewritten
        self._tail, self._checked = tail, True
        return sums.sha256

    def _one(self) -> str:
        """All objects joined under the final name."""
        objects = self.stored.objects
        while len(objects) > COMPOSED:
            objects = [self._composed(part, f"{part[0]}+{len(part)}") for part in _groups(objects)]
        one = self._composed(objects, self.final)
        info = self.store.stat(one)
        if info is None or (info.size, info.crc32c) != (self.stored.size, self.stored.crc32c):
            raise Corrupt(f"{self.path}: its parts in the store are not what was written")
        return one

    def _chunk(self) -> str:
        return f"{self.parts}/{self.stored.size:012d}"

    def _put(self, data: bytes, moved: Callable[[int], None]) -> None:
        info = self.store.put(self._chunk(), data)
        moved(len(data))
        if info.crc32c != google_crc32c.value(data):
            raise Corrupt(f"{self._chunk()}: the store has other bytes than were sent")

    def _settled(self, objects: list[str]) -> list[str]:
        """Every 32 chunks become one object, every 32 of those one more: the list stays short."""
        last = objects[-COMPOSED:]
        while len(last) == COMPOSED and len({_level(name) for name in last}) == 1 and last[0].startswith(self.parts):
            objects = [*objects[:-COMPOSED], self._composed(last, f"{last[0]}+")]
            last = objects[-COMPOSED:]
        return objects

    def _composed(self, objects: list[str], name: str) -> str:
        self.store.compose(name, objects)
        self.garbage += [part for part in objects if part.startswith(self.parts)]
        return name


def _level(name: str) -> int:
    return len(name) - len(name.rstrip("+"))


def _groups(objects: list[str]) -> Iterator[list[str]]:
    return (objects[start : start + COMPOSED] for start in range(0, len(objects), COMPOSED))


def _sums(path: Path, size: int) -> tuple[Sums, bytes]:
    """Those of the first `size` bytes, and the last TAIL of them."""
    sums, tail = Sums(), b""
    with path.open("rb") as file:
        while piece := file.read(min(size - sums.size, 1 << 20)):
            sums.add(piece)
            tail = (tail + piece)[-TAIL:]
    return sums, tail
