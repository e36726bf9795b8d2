"""Whether a file can be what its name says: the header of safetensors, read without torch.

Eight bytes of length (little endian), a JSON object `{NAME: {dtype, shape, data_offsets: [from, to]}}`, then the bytes
of the tensors without a gap (https://github.com/huggingface/safetensors, "Format").
"""

import json
from itertools import pairwise

LONGEST = 100_000_000  # bytes of a header, as the library itself allows
PREFIX = 8


class Header:
    """Takes the beginning out of a stream of pieces."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._wanted = PREFIX

    def add(self, piece: bytes) -> None:
        """The next bytes of the file."""
        while len(self._data) < self._wanted and piece:
            take = self._wanted - len(self._data)
            self._data += piece[:take]
            piece = piece[take:]
            if self._wanted == PREFIX and len(self._data) == PREFIX:
                self._wanted += min(int.from_bytes(self._data, "little"), LONGEST)

    def problem(self, size: int) -> str:
        """What is wrong, in one line, with a file of `size` bytes; "" when nothing is."""
        length = int.from_bytes(self._data[:PREFIX], "little")
        if len(self._data) < PREFIX or length > min(size - PREFIX, LONGEST):
            return "no safetensors: its header does not fit"
        try:
            told = json.loads(self._data[PREFIX:])
            ends = sorted(_offsets(entry) for name, entry in told.items() if name != "__metadata__")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return "no safetensors: its header is no JSON of tensors"
        return _gaps([(0, 0), *ends], size - PREFIX - length)


def _offsets(entry: dict[str, list[int]]) -> tuple[int, int]:
    first, last = entry["data_offsets"]
    if not (type(first) is int and type(last) is int and isinstance(entry["shape"], list)):
        raise ValueError
    return first, last


def _gaps(ends: list[tuple[int, int]], size: int) -> str:
    if any(one[1] != other[0] or other[1] < other[0] for one, other in pairwise(ends)):
        return "no safetensors: its tensors overlap or leave gaps"
    return "" if ends[-1][1] == size else f"no safetensors: {size} bytes of tensors, its header says {ends[-1][1]}"
