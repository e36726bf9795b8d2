"""The bytes of a stored file, which may lie in several objects."""

from collections.abc import Iterator

from trainferry.errors import Missing
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store


def pieces(store: Store, stored: StoredFile, start: int = 0) -> Iterator[bytes]:
    """The file's bytes from `start` on."""
    for name in stored.objects:
        size = _size(store, name) if start else 0
        if start and start >= size:
            start -= size
        elif start:
            yield store.get(name, start)
            start = 0
        else:
            yield from store.read(name)


def small(store: Store, stored: StoredFile, last: int) -> bytes:
    """At most the `last` bytes of the file."""
    return b"".join(pieces(store, stored, max(0, stored.size - last)))


def _size(store: Store, name: str) -> int:
    info = store.stat(name)
    if info is None:
        raise Missing(f"{name} is named by a manifest and not in {store.url}")
    return info.size
