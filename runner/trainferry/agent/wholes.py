"""Whole files, checkpoints above all: sent in parts that a killed agent need not send again, then one object."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from trainferry.agent.scan import Seen
from trainferry.data.sums import Sums
from trainferry.errors import Corrupt, FerryError, Full
from trainferry.runs.manifest import StoredFile
from trainferry.store import ObjectInfo, Store

PART = 4 << 20  # bytes of one request: at 2 MB/s one every 2 s moves
COMPOSED = 32


class Torn(Exception):
    """It was written to while we read it; another look will come."""


@dataclass
class Upload:
    """One version of one file. `parts`: prefix of its parts; `wanted`: whether it is still worth sending."""

    store: Store
    path: Path
    name: str
    parts: str
    attempt: int
    moved: Callable[[int], None]
    wanted: Callable[[Seen], bool]

    def run(self) -> tuple[StoredFile, Seen, list[str]]:
        """What is stored, of which version, and objects that nobody needs any more. Raises Torn, OSError."""
        with self.path.open("rb") as file:
            seen, sums = Seen.of(os.fstat(file.fileno())), Sums()
            if seen.size <= PART:
                info, garbage = self._small(file, seen, sums)
            elif self.store.url.startswith("file:"):  # a folder takes it at once, and its parts would be copied again
                info, garbage = self._at_once(file, sums)
            else:
                info, garbage = self._with_room(file, seen, sums)
            self._still(file, seen)
        if (info.size, info.crc32c) != (seen.size, sums.crc32c):
            raise Corrupt(f"{self.name}: the store has other bytes than were sent")
        stored = StoredFile([self.name], seen.size, sums.crc32c, self.attempt, seen.mode, seen.mtime, sums.sha256)
        return stored, seen, garbage

    def _small(self, file: BinaryIO, seen: Seen, sums: Sums) -> tuple[ObjectInfo, list[str]]:
        data = file.read(PART + 1)
        self._still(file, seen)
        sums.add(data)
        info = self.store.put(self.name, data)
        self.moved(len(data))
        return info, []

    def _at_once(self, file: BinaryIO, sums: Sums) -> tuple[ObjectInfo, list[str]]:
        info = self.store.put_file(self.name, Path(f"/dev/fd/{file.fileno()}"))
        self.moved(info.size)
        file.seek(0)
        while piece := file.read(1 << 20):
            sums.add(piece)
        return info, []

    def _with_room(self, file: BinaryIO, seen: Seen, sums: Sums) -> tuple[ObjectInfo, list[str]]:
        """In parts, which are given back when the store is full: what else is stored could not be named otherwise."""
        try:
            return self._in_parts(file, seen, sums)
        except Full:
            with suppress(FerryError):
                for info in self.store.list(self.parts + "/"):
                    self.store.delete(info.name)
            raise

    def _in_parts(self, file: BinaryIO, seen: Seen, sums: Sums) -> tuple[ObjectInfo, list[str]]:
        have = {info.name: info for info in self.store.list(self.parts + "/")}
        parts = list[str]()
        while data := file.read(PART):
            self._still(file, seen)
            part = f"{self.parts}/{len(parts):06d}"
            self._part(part, data, have.get(part))
            parts.append(part)
            sums.add(data)
        composed, groups = list(parts), list[str]()
        while len(composed) > COMPOSED:
            composed = [self._compose(f"{group[0]}+{len(groups)}", group) for group in _groups(composed)]
            groups += composed
        return self.store.compose(self.name, composed), [*parts, *groups]

    def _part(self, name: str, data: bytes, have: ObjectInfo | None) -> None:
        crc = google_crc32c.value(data)
        if have is None or (have.size, have.crc32c) != (len(data), crc):
            self.store.put(name, data)
        self.moved(len(data))

    def _compose(self, name: str, parts: list[str]) -> str:
        self.store.compose(name, parts)
        self.moved(1)
        return name

    def _still(self, file: BinaryIO, seen: Seen) -> None:
        now = Seen.of(os.fstat(file.fileno()))
        if (now.size, now.mtime_ns) != (seen.size, seen.mtime_ns) or not self.wanted(seen):
            raise Torn


def _groups(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + COMPOSED] for start in range(0, len(names), COMPOSED))
