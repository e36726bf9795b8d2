"""Files that are there whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes) -> None:
    """Put content at path so that no kill and no power cut leaves half of it there."""
    replace_whole(path, lambda file: file.write(content))


def replace_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call write with an open temporary file of the same folder, then make it the file at path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # a fixed name: a kill leaves at most one of them, and the next write takes it over
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
