"""A conditional write whose answer may get lost."""

from trainferry.errors import Changed
from trainferry.store import ObjectInfo, Store


def swap(store: Store, name: str, data: bytes, generation: int) -> ObjectInfo:
    """Replaces just this generation (0: none) by bytes that nobody else writes. Raises Changed.

    A lost answer looks like a conflict when it is asked again: when what is there is what was to be written, it was
    ours.
    """
    try:
        return store.put(name, data, if_generation=generation)
    except Changed:
        info = store.stat(name)
        if info is not None and store.get(name) == data:
            return info
        raise
