"""What every store can do: immutable bytes under names, and one conditional write to agree by."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Moved = Callable[[int], None]


def unheard(size: int) -> None:
    """Nobody listens to how many bytes moved."""


@dataclass(frozen=True)
class ObjectInfo:
    """One object: `size` in bytes, `crc32c` of them; generation 0 means that it does not exist.

    `generation` changes with every write and grows with time over all objects of a store. `updated`: when it was
    written, in seconds since the epoch by the store's clock.
    """

    name: str
    size: int
    generation: int
    crc32c: int
    updated: float = field(default=0.0, compare=False)


class Store(Protocol):
    """Names are `/`-separated, relative to the store's URL (names.py).

    Raises BadInput, Missing, Changed, Corrupt, Unreachable, Forbidden, Full, and nothing else.
    """

    url: str

    def stat(self, name: str) -> ObjectInfo | None:
        """None when there is no such object."""

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes [start, start + length), to the end when `length` is None, b"" behind it. Raises Missing.

        A whole read is verified by crc32c.
        """

    def read(self, name: str, chunk: int = 1 << 20) -> Iterator[bytes]:
        """The whole object in pieces; raises Corrupt at the end when the crc32c is not the stored one."""

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        """One request up to 8 MiB. `if_generation=0` creates, another replaces just that one; else raises Changed."""

    def put_file(self, name: str, path: Path, if_generation: int | None = None, moved: Moved = unheard) -> ObjectInfo:
        """A file of any size; a large one goes on where a broken or killed upload was. `moved` hears of its bytes.

        crc32c is checked by the receiver.
        """

    def get_many(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Small objects, each verified, in the order of `names`; packed on the wire where the store can. Raises Missing
        at the first that is not there."""

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> "list[ObjectInfo]":
        """Small objects under their names; packed on the wire where the store can. Not all or nothing."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose name starts with `prefix`, by name."""

    def compose(self, name: str, parts: Sequence[str], if_generation: int | None = None) -> ObjectInfo:
        """One object out of up to 32 others, server side; the parts stay."""

    def copy(self, source: str, target: str) -> ObjectInfo:
        """Server side. Raises Missing."""

    def delete(self, name: str, if_generation: int | None = None) -> None:
        """Deleting what is not there is fine. Raises Changed."""
