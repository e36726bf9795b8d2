"""The weights of the reference trainer's nets small and medium, as a page carries them: a smaller safetensors file.

Each number is the upper three bytes of its float32, as a tensor of U8 with one dimension more. The error of a weight is
2^-16 of it at most; that of a logit was measured below 0.0005 (tests/integration/demo/test_js_model.py).
"""

import json
import struct
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from trainferry.errors import BadInput

MOST = 300_000  # numbers of a net
LONGEST = 1 << 20  # bytes of a header
LARGEST = 128  # pixels a side
INTEGERS = "num_batches_tracked"  # counters, of no use here
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Net:
    """`shape` of an image: channels, height, width; `packed`: what model.js reads."""

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    packed: bytes


@dataclass(frozen=True)
class _File:
    """A safetensors file: name -> (dtype, shape, bytes), and its metadata."""

    tensors: Mapping[str, tuple[str, Shape, bytes]]
    metadata: Mapping[str, str]


def packed(content: bytes) -> Net:
    """From the bytes of best.safetensors. Raises BadInput in one line when that is no net that model.js knows."""
    file = _read(content)
    classes, shape = _about(file.metadata)
    numbers = {name: one for name, one in file.tensors.items() if not name.endswith(INTEGERS)}
    count = sum(prod(one) for _, one, _ in numbers.values())
    if count > MOST:
        raise BadInput(f"it has {count:,} weights; in a page {MOST:,} is the most")
    if {name: one for name, (_, one, _) in numbers.items()} != _expected(numbers, shape[0], len(classes)):
        raise BadInput("it is not the small or the medium net of the reference trainer")
    if any(kind != "F32" for kind, _, _ in numbers.values()):
        raise BadInput("its weights are not float32")
    return Net(classes, shape, _written({name: (one, _short(data)) for name, (_, one, data) in numbers.items()}))


def check(content: bytes, channels: int, classes: int) -> None:
    """Raises BadInput unless these are weights that `packed` has made for so many channels and classes."""
    tensors = _read(content).tensors
    shapes = {name: (kind, one[:-1]) for name, (kind, one, _) in tensors.items() if one[-1:] == (3,)}
    plain = {name: one for name, (kind, one) in shapes.items() if kind == "U8"}
    found = {name: ("U8", one, b"") for name, one in plain.items()}
    if len(plain) != len(tensors) or plain != _expected(found, channels, classes) or len(content) > 4 * MOST:
        raise BadInput("the weights are not those of a net that a page can run")


def _expected(tensors: Mapping[str, tuple[str, Shape, bytes]], channels: int, classes: int) -> dict[str, Shape]:
    """Name -> shape of the net that has the widths of these; channels and classes are given."""
    blocks = ("stem", "grow", "widen", "refine")
    narrow, middle, wide, _ = ((tensors.get(f"{name}.0.weight", ("", (0,), b""))[1] or (0,))[0] for name in blocks)
    sizes = ((channels, narrow, 4), (narrow, middle, 3), (middle, wide, 3), (wide, wide, 3))
    made: dict[str, Shape] = {"mean": (channels,), "std": (channels,), "head.weight": (classes, wide)}
    for name, (inward, outward, kernel) in zip(blocks, sizes, strict=True):
        made[f"{name}.0.weight"] = (outward, inward, kernel, kernel)
        made |= {f"{name}.1.{part}": (outward,) for part in ("weight", "bias", "running_mean", "running_var")}
    return made


def _about(metadata: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[int, int, int]]:
    """Classes and shape of the images, as the trainer has noted them."""
    try:
        about = json.loads(metadata["about"])
        classes, (channels, height, width) = tuple(map(str, about["classes"])), map(int, about["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("it does not say its classes and the shape of its images") from error
    if not (8 <= height <= LARGEST and 8 <= width <= LARGEST and channels in (1, 3)):
        raise BadInput(
            f"its images are {channels} x {height} x {width}; expected 1 or 3 channels, 8 to {LARGEST} pixels"
        )
    return classes, (channels, height, width)


def _short(data: bytes) -> bytes:
    """Float32 without the last byte, rounded."""
    words = array("I", data)
    if sys.byteorder == "big":
        words.byteswap()
    if any(word & 0x7F800000 == 0x7F800000 for word in words):
        raise BadInput("its weights are not all numbers")
    rounded = b"".join(struct.pack("<I", word + 0x80) for word in words)
    made = bytearray(3 * len(words))
    for place in range(3):
        made[place::3] = rounded[place + 1 :: 4]
    return bytes(made)


def _written(tensors: Mapping[str, tuple[Shape, bytes]]) -> bytes:
    header, at = {}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "U8", "shape": [*shape, 3], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, data in tensors.values())


def _read(content: bytes) -> _File:
    try:
        (length,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + min(length, LONGEST)])
        metadata = header.pop("__metadata__", {})
        data = content[8 + length :]
        tensors = {name: _tensor(entry, data) for name, entry in header.items()}
    except (struct.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput("it is not a whole safetensors file") from error
    return _File(tensors, metadata)


def _tensor(entry: Any, data: bytes) -> tuple[str, Shape, bytes]:
    """ValueError unless the bytes are there, as many as the shape needs."""
    kind, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    whole = all(type(size) is int and size >= 0 for size in (*shape, start, end))
    sizes = {"U8": 1, "F16": 2, "BF16": 2, "F32": 4, "F64": 8, "I64": 8}
    if not whole or not start <= end <= len(data) or end - start != prod(shape) * sizes.get(kind, -1):
        raise ValueError(kind)
    return kind, shape, data[start:end]
