"""Whole folders to compare."""

import os
from pathlib import Path

from trainferry.runs import layout
from trainferry.store import Store


def tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Content of every file by path, and whether it can be run."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK)) for path in paths}


def shards(store: Store, name: str = "cats") -> dict[str, int]:
    """What lies below the shards of a dataset: name and generation, which tells whether it was written again."""
    return {info.name: info.generation for info in store.list(layout.dataset_shard(name, "").removesuffix(".tar"))}
