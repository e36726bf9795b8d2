import json
import random
import struct

import pytest

from trainferry.data.safetensors import Header

TENSORS = {
    "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
    "b": {"dtype": "U8", "shape": [3], "data_offsets": [8, 11]},
}
NONE = "no safetensors: its header is no JSON of tensors"
GAPS = "no safetensors: its tensors overlap or leave gaps"


def whole(header: object, body: int = 11) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(body)


def problem(data: bytes, piece: int = 7) -> str:
    header = Header()
    for start in range(0, len(data), piece):
        header.add(data[start : start + piece])
    return header.problem(len(data))


@pytest.mark.parametrize("piece", [1, 7, 8, 9, 1000])
def test_a_good_file_has_no_problem(piece: int) -> None:
    assert problem(whole(TENSORS), piece) == ""
    assert problem(whole({"__metadata__": {"about": "x"}, **TENSORS}), piece) == ""
    assert problem(whole({}, 0), piece) == ""


def offsets(first: object, last: object) -> dict[str, object]:
    return {"a": {"dtype": "U8", "shape": [1], "data_offsets": [first, last]}}


BAD = {
    b"": "no safetensors: its header does not fit",
    b"\xff" * 8: "no safetensors: its header does not fit",
    struct.pack("<Q", 100) + b"{}": "no safetensors: its header does not fit",
    whole([]): NONE,
    whole({"a": 1}): NONE,
    whole({"a": {"data_offsets": [0, 11]}}): NONE,
    whole(offsets("0", 11)): NONE,
    whole(offsets(0, True)): NONE,
    whole(offsets(1, 11)): GAPS,
    whole(offsets(11, 0)): GAPS,
    whole(offsets(-1, 11)): GAPS,
    whole(TENSORS, 10): "no safetensors: 10 bytes of tensors, its header says 11",
    whole(TENSORS, 12): "no safetensors: 12 bytes of tensors, its header says 11",
}


@pytest.mark.parametrize("data", BAD)
def test_what_is_wrong_is_said(data: bytes) -> None:
    assert problem(data) == BAD[data]


def test_no_bytes_make_it_fail() -> None:
    dice = random.Random(1)
    good = whole(TENSORS)
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        assert isinstance(problem(bytes(data)), str)
