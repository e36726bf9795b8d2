"""Many small objects as one tar: members are called like the objects, the owners' names are generation and crc32c.

A member of a reserved name is an error in place of what should have come.
"""

import json
import tarfile
from collections.abc import Iterator
from typing import IO

import google_crc32c

from trainferry.errors import BadInput, Corrupt
from trainferry.store import names
from trainferry.store.protocol import ObjectInfo

ERROR = f"{names.RESERVED}/error"
LARGEST = 32 << 20  # bytes of one object, and of a whole tar on its way to a gateway
BATCH = 500  # objects
END = bytes(2 * tarfile.BLOCKSIZE)
_ENCODING = "utf-8"


def head(name: str, size: int, crc32c: int, generation: int = 0) -> bytes:
    """What stands in front of an object's bytes."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    info.uname, info.gname = str(generation), f"{crc32c:08x}"
    return info.tobuf(tarfile.PAX_FORMAT, _ENCODING)


def tail(size: int) -> bytes:
    """What stands behind them."""
    return bytes(-size % tarfile.BLOCKSIZE)


def whole(name: str, data: bytes) -> bytes:
    """One object with all that belongs to it."""
    return b"".join((head(name, len(data), google_crc32c.value(data)), data, tail(len(data))))


def members(stream: IO[bytes]) -> Iterator[tuple[ObjectInfo, bytes]]:
    """The objects of a tar, each verified; also that of an error. Raises BadInput, Corrupt, tarfile.TarError."""
    with tarfile.open(fileobj=stream, mode="r|", encoding=_ENCODING, bufsize=1 << 16) as tar:
        for member in tar:
            yield _checked(tar, member)


def error(kind: str, message: str, hint: str) -> bytes:
    """The end of a tar that could not be finished."""
    return whole(ERROR, json.dumps({"error": kind, "message": message, "hint": hint}).encode())


def _checked(tar: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[ObjectInfo, bytes]:
    name = member.name
    if name != ERROR:
        names.check(name)
    if not member.isreg() or member.issparse():
        raise BadInput(f"{name}: not a plain file in a tar of objects")
    if member.size > LARGEST:
        raise BadInput(f"{name}: {member.size} bytes are more than the {LARGEST} of a small object")
    content = tar.extractfile(member)
    data = content.read() if content else b""
    try:
        generation, promised = int(member.uname or 0), int(member.gname, 16)
    except ValueError:
        raise BadInput(f"{name}: generation and crc32c are missing in a tar of objects") from None
    if google_crc32c.value(data) != promised or len(data) != member.size:
        raise Corrupt(f"{name}: the bytes are not the ones that were sent (crc32c)")
    return ObjectInfo(name, len(data), generation, promised), data
