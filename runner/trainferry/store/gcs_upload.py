"""A large file into a bucket: parallel parts, composed into one object.

Parts are called `cp.parts/<upload>/<number>-<crc32c>`: an upload that was killed finds those that arrived by listing
them, and no part is taken for another. They go when the object is there.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from trainferry.errors import Changed, Corrupt, FerryError
from trainferry.store import crc32c
from trainferry.store.bodies import Body, Source
from trainferry.store.names import PARTS
from trainferry.store.protocol import Moved, ObjectInfo, unheard
from trainferry.store.windows import windowed

WHOLE = 16 << 20  # bytes; what is not larger is one request
PART, LARGEST = 16 << 20, 64 << 20  # bytes of a part, which a broken connection costs; more than PART to compose once
FAN_IN = 32  # objects that one compose takes
AT_ONCE = 4


class Bucket(Protocol):
    """What an upload needs of a store."""

    url: str

    def put_body(self, name: str, body: Body, if_generation: int | None = None) -> ObjectInfo:
        """One request."""

    def compose_of(self, name: str, parts: Sequence[ObjectInfo], if_generation: int | None = None) -> ObjectInfo:
        """Of just these generations, else Changed or Missing."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]: ...

    def stat(self, name: str) -> ObjectInfo | None: ...

    def delete(self, name: str) -> None: ...


@dataclass
class Upload:
    """A source on its way to `name`."""

    store: Bucket
    pool: Executor
    name: str
    source: Source
    if_generation: int | None = None
    moved: Moved = unheard
    _used: set[str] = field(default_factory=set)

    def run(self) -> ObjectInfo:
        """The object, verified. Raises Changed also when the file is written to."""
        if self.source.size <= WHOLE:
            body = self.source.section(0, self.source.size)
            self.source.check()
            info = self.store.put_body(self.name, body, self.if_generation)
            self.moved(info.size)
            return info
        try:
            info = self._in_parts()
        except FerryError:
            if not self._lost_a_part():
                raise
            info = self._in_parts()  # the same upload from elsewhere was quicker and has tidied up
        list(self.pool.map(self._delete, self._used))
        return info

    def _in_parts(self) -> ObjectInfo:
        size = self.source.size
        part = min(LARGEST, max(PART, -(-size // FAN_IN)))
        mark = hashlib.sha256(f"{self.store.url}/{self.name} {size} {part}".encode()).hexdigest()[:32]
        prefix = f"{PARTS}/{mark}/"
        have = {info.name: info for info in self.store.list(prefix)}

        def send(start: int) -> ObjectInfo:
            body = self.source.section(start, min(part, size - start))
            name = f"{prefix}{start // part:05}-{body.crc32c:08x}"
            return self._sent(name, body, have.get(name))

        parts = []
        for info in windowed(self.pool, send, range(0, size, part), AT_ONCE):
            parts.append(info)
            self.moved(info.size)
        self.source.check()
        self._used |= {info.name for info in parts}
        return self._composed(parts, prefix)

    def _sent(self, name: str, body: Body, have: ObjectInfo | None) -> ObjectInfo:
        if have is not None and (have.size, have.crc32c) == (body.size, body.crc32c):
            return have
        return self.store.put_body(name, body)

    def _composed(self, parts: list[ObjectInfo], prefix: str) -> ObjectInfo:
        """32 into one, and again, until one is left: the object itself."""
        whole = crc32c.combined((part.crc32c, part.size) for part in parts)
        while len(parts) > FAN_IN:
            groups = [parts[start : start + FAN_IN] for start in range(0, len(parts), FAN_IN)]
            parts = [
                self._verified(self.store.compose_of(f"{group[0].name}+{len(group)}", group), group) for group in groups
            ]
            self._used |= {part.name for part in parts}
        try:
            return self._verified(self.store.compose_of(self.name, parts, self.if_generation), parts)
        except Changed:
            info = self.store.stat(self.name)  # the answer to our own success may have been lost
            if info is None or (info.size, info.crc32c) != (self.source.size, whole):
                raise
            return info

    def _verified(self, info: ObjectInfo, parts: list[ObjectInfo]) -> ObjectInfo:
        wanted = sum(part.size for part in parts), crc32c.combined((part.crc32c, part.size) for part in parts)
        if (info.size, info.crc32c) != wanted:
            raise Corrupt(
                f"{self.store.url}/{info.name}: composed to crc32c {info.crc32c:08x}, sent was {wanted[1]:08x}"
            )
        return info

    def _lost_a_part(self) -> bool:
        """Whether all parts arrived and one is not there any more."""
        there = {
            info.name for name in sorted(self._used)[:1] for info in self.store.list(name.rpartition("/")[0] + "/")
        }
        return not self._used <= there

    def _delete(self, name: str) -> None:
        with suppress(FerryError):  # it stays, in nobody's way
            self.store.delete(name)
