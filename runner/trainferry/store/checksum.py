"""Where a folder store keeps the crc32c of an object: beside its bytes, in an extended attribute."""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO

import google_crc32c

ATTRIBUTE = "user.ferry.crc32c"
PIECE = 1 << 20


def fill(file: BinaryIO, pieces: Iterable[bytes]) -> tuple[int, int]:
    """Write the pieces, keep their crc32c with the file, make both durable. Returns size and crc32c."""
    size = crc = 0
    for piece in pieces:
        file.write(piece)
        size += len(piece)
        crc = google_crc32c.extend(crc, piece)
    file.flush()
    with suppress(OSError, AttributeError):  # macOS and some file systems have no such attributes
        os.setxattr(file.fileno(), ATTRIBUTE, f"{crc:08x}".encode())
    os.fchmod(file.fileno(), 0o644)
    os.fsync(file.fileno())
    return size, crc


def stored(file: BinaryIO) -> int | None:
    """The crc32c that was kept; None where none was (no such attributes, or a copy lost it)."""
    try:
        return int(os.getxattr(file.fileno(), ATTRIBUTE), 16)
    except (OSError, AttributeError, ValueError):
        return None


def computed(file: BinaryIO) -> int:
    """The crc32c of the rest of the file."""
    crc = 0
    while piece := file.read(PIECE):
        crc = google_crc32c.extend(crc, piece)
    return crc
