"""Files that are there whole or not at all."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast


def write_whole(path: Path, content: bytes) -> None:
    """Put content at path so that no kill and no power cut leaves half of it there."""
    replace_whole(path, lambda file: file.write(content))


def replace_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call write with an open temporary file of the same folder, then make it the file at path."""
    staged(path, write).replace(path)
    sync_folder(path.parent)


def staged(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """A temporary file beside path with all that write wrote, on the disk for certain; gone when that failed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_of(path)
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary


def temporary_of(path: Path) -> Path:
    """A fixed name: a kill leaves at most one of them, and the next write takes it over."""
    return path.with_name(f".{path.name}.tmp")


def sync_folder(folder: Path) -> None:
    """Make the names in folder last, as they are now."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Measured:
    """A write for `staged` that counts and digests what goes through it."""

    def __init__(self, write: Callable[[BinaryIO], object]) -> None:
        self.bytes = 0
        self._write = write
        self._digest = hashlib.sha256()
        self._failed: OSError | None = None

    def __call__(self, file: BinaryIO) -> None:
        """Let the inner write write to file."""
        self._file = file
        try:
            self._write(cast(BinaryIO, self))
        except RuntimeError:
            if self._failed:  # torch.save makes "unexpected pos 768 vs 662" of a full disk
                raise self._failed from None
            raise

    def write(self, data: bytes) -> int:
        """As of any file."""
        try:
            written = self._file.write(data)
        except OSError as error:
            self._failed = error
            raise
        self._digest.update(data)
        self.bytes += written
        return written

    def flush(self) -> None:
        """As of any file."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """Of all that was written, in hex."""
        return self._digest.hexdigest()
