"""Where a folder store keeps the crc32c of an object: beside its bytes, in an extended attribute."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

import google_crc32c

ATTRIBUTE = "user.ferry.crc32c"
PIECE = 1 << 20
_REMEMBERED = 10_000
_computed: dict[tuple[int, ...], int] = {}  # of files without the attribute, by device, inode, time and size


def keep(file: BinaryIO, crc: int) -> None:
    """Beside the bytes, where the file system can."""
    with suppress(OSError, AttributeError):  # macOS and some file systems have no such attributes
        os.setxattr(file.fileno(), ATTRIBUTE, f"{crc:08x}".encode())


def stored(file: BinaryIO) -> int | None:
    """The crc32c that was kept; None where none was (no such attributes, or a copy lost it)."""
    try:
        return int(os.getxattr(file.fileno(), ATTRIBUTE), 16)
    except (OSError, AttributeError, ValueError):
        return None


def computed(file: BinaryIO) -> int:
    """The crc32c of the whole file out of its bytes, once for each version of it. Leaves the position at the end."""
    found = os.fstat(file.fileno())
    key = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
    if key not in _computed:
        if len(_computed) >= _REMEMBERED:
            _computed.clear()
        file.seek(0)
        _computed[key] = of(file)
    return _computed[key]


def of(file: BinaryIO) -> int:
    """The crc32c of the rest of the file."""
    crc = 0
    while piece := file.read(PIECE):
        crc = google_crc32c.extend(crc, piece)
    return crc


def pieces(file: BinaryIO, moved: Callable[[int], None]) -> Iterator[bytes]:
    """The rest of the file; `moved` hears of every piece that was taken."""
    while piece := file.read(PIECE):
        yield piece
        moved(len(piece))
