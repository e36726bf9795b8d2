"""One file out of the store."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import google_crc32c

from trainferry.errors import Corrupt
from trainferry.store import Store
from trainferry.store.os_errors import printable, translate


def fetch_file(store: Store, objects: Sequence[str], size: int, crc32c: int, target: Path) -> None:
    """The objects one after the other as `target`, which appears only when size and crc32c are as expected.

    Bounded memory. Raises Corrupt (what was there before stays), Missing, Full.
    """
    temporary = target.parent / f".ferry-{secrets.token_hex(8)}"
    try:
        found = _write(store, objects, temporary)
        if found != (size, crc32c):
            raise Corrupt(_difference(target, found, (size, crc32c)))
        os.replace(temporary, target)
        _sync(target.parent)
    except OSError as error:  # without its own file name, which is the temporary one
        raise translate(OSError(error.errno, error.strerror), target) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write(store: Store, objects: Sequence[str], path: Path) -> tuple[int, int]:
    size = crc = 0
    with path.open("xb") as file:
        for name in objects:
            for piece in store.read(name):
                file.write(piece)
                size += len(piece)
                crc = google_crc32c.extend(crc, piece)
        file.flush()
        os.fsync(file.fileno())
    return size, crc


def _difference(target: Path, found: tuple[int, int], wanted: tuple[int, int]) -> str:
    size, crc = found
    if size != wanted[0]:
        return f"{printable(target)}: the store holds {size} bytes, not {wanted[0]}"
    return f"{printable(target)}: crc32c {crc:08x} is not the stored {wanted[1]:08x}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
