"""Objects under names, the same on a folder and in a bucket."""

from trainferry.store.open import open_store
from trainferry.store.protocol import ObjectInfo, Store

__all__ = ["ObjectInfo", "Store", "open_store"]
