"""Shards: small files side by side in plain POSIX tars of about 16 MiB, the same bytes for the same files."""

import tarfile
from typing import NamedTuple

SHARD = 16 << 20  # bytes; a file of this size or more has a shard of its own
BLOCK = 512
END = bytes(2 * BLOCK)
EPOCH = 315532800  # 1980-01-01, the oldest time that every unpacker takes without a word
_LARGEST = 8 << 30  # bytes; ustar has eleven octal digits


class Packer:
    """Fills shards one after the other; what goes in in the same order comes out in the same bytes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def fits(self, header: bytes, data: bytes) -> bool:
        """Whether a file still goes into the open shard; the first always does."""
        return not self._pieces or self._size + len(header) + len(data) + BLOCK + len(END) <= SHARD

    def add(self, header: bytes, data: bytes) -> int:
        """Append a file. Returns the offset of its bytes in the shard."""
        offset, zeros = self._size + len(header), padding(len(data))
        self._pieces += [header, data, zeros]
        self._size = offset + len(data) + len(zeros)
        return offset

    def seal(self) -> bytes:
        """The shard that was open, nothing when there was none; the next `add` begins another."""
        tar = b"".join([*self._pieces, END]) if self._pieces else b""
        self._pieces, self._size = [], 0
        return tar


def header(path: str, size: int, mode: str) -> bytes:
    """The tar header of a file: one block of ustar, with a pax header before it where the name or size needs it."""
    name = path.encode()
    if len(name) > 100 or size >= _LARGEST or not path.isascii():
        return _pax_header(path, size, mode)
    template, digits = _TEMPLATES[mode], b"%011o" % size
    total = b"%06o\0 " % (template.total + sum(name) + sum(digits))
    return b"".join((name.ljust(100, b"\0"), template.before, digits, template.between, total, template.after))


def padding(size: int) -> bytes:
    """The zeros after `size` bytes of a file."""
    return bytes(-size % BLOCK)


def _pax_header(path: str, size: int, mode: str) -> bytes:
    member = tarfile.TarInfo(path)
    member.size, member.mode, member.mtime = size, int(mode, 8), EPOCH
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


class _Template(NamedTuple):
    """All of a header but name, size and checksum, and its share of the checksum: 60,000 headers are built quickly."""

    before: bytes
    between: bytes
    after: bytes
    total: int


def _template(mode: str) -> _Template:
    before = b"%07o\0" % int(mode, 8) + b"0000000\0" * 2
    between = b"\0%011o\0" % EPOCH
    after = b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2 + bytes(167)
    return _Template(before, between, after, sum(before + between + after) + 8 * ord(" "))


_TEMPLATES = {mode: _template(mode) for mode in ("644", "755")}
