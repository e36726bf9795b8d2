"""The weights of the reference trainer's nets small and medium, as a page carries them: a safetensors file.

In float32 as they are: rounded to three bytes each they made one answer of 1,000 another one.
"""

import json
import math
import struct
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from trainferry.errors import BadInput

MOST = 300_000  # numbers of a net
SMALLEST, LARGEST = 8, 128  # pixels a side
COUNTER = "num_batches_tracked"  # of no use after the training
BLOCKS = ("stem", "grow", "widen", "refine")
SIZES = {"U8": 1, "F16": 2, "BF16": 2, "F32": 4, "F64": 8, "I32": 4, "I64": 8}
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Net:
    """`shape` of an image: channels, height, width; `content`: what model.js reads."""

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    content: bytes


@dataclass(frozen=True)
class _File:
    """A safetensors file: name -> (dtype, shape, bytes), and its metadata."""

    tensors: Mapping[str, tuple[str, Shape, bytes]]
    metadata: Mapping[str, str]


def of(content: bytes) -> Net:
    """From the bytes of best.safetensors. Raises BadInput in one line when that is no net that model.js knows."""
    file = _read(content)
    classes, shape = _about(file.metadata)
    numbers = {name: one for name, one in file.tensors.items() if not name.endswith(COUNTER)}
    if (count := sum(prod(one) for _, one, _ in numbers.values())) > MOST:
        raise BadInput(f"it has {count:,} weights; in a page {MOST:,} is the most")
    _check(numbers, shape[0], len(classes))
    return Net(classes, shape, _written(numbers))


def check(content: bytes, channels: int, classes: int) -> None:
    """Raises BadInput unless this is the `content` of a net for so many channels and classes."""
    if len(content) > 4 * MOST + 10_000:
        raise BadInput("too many weights")
    _check(_read(content).tensors, channels, classes)


def _check(tensors: Mapping[str, tuple[str, Shape, bytes]], channels: int, classes: int) -> None:
    shapes = {name: shape for name, (_, shape, _) in tensors.items()}
    if shapes != _expected(shapes, channels, classes):
        raise BadInput("it is not the small or the medium net of the reference trainer")
    if any(kind != "F32" for kind, _, _ in tensors.values()):
        raise BadInput("its weights are not float32")
    if not all(math.isfinite(sum(map(abs, array("f", data)))) for _, _, data in tensors.values()):
        raise BadInput("its weights are not all numbers")


def _expected(shapes: Mapping[str, Shape], channels: int, classes: int) -> dict[str, Shape]:
    """Name -> shape of the net that has the widths of these; channels and classes are given."""
    narrow, middle, wide, _ = ((shapes.get(f"{name}.0.weight") or (0,))[0] for name in BLOCKS)
    sizes = ((channels, narrow, 4), (narrow, middle, 3), (middle, wide, 3), (wide, wide, 3))
    made: dict[str, Shape] = {"mean": (channels,), "std": (channels,), "head.weight": (classes, wide)}
    for name, (inward, outward, kernel) in zip(BLOCKS, sizes, strict=True):
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
    if channels not in (1, 3) or not SMALLEST <= min(height, width) <= max(height, width) <= LARGEST:
        told = f"its images have {channels} channels and {height} x {width} pixels"
        raise BadInput(f"{told}; in a page 1 or 3 channels and {SMALLEST} to {LARGEST} pixels a side")
    return classes, (channels, height, width)


def _written(tensors: Mapping[str, tuple[str, Shape, bytes]]) -> bytes:
    header, at = {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": [*shape], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values())


def _read(content: bytes) -> _File:
    try:
        (length,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + length])
        metadata, data = header.pop("__metadata__", {}), content[8 + length :]
        tensors = {name: _tensor(entry, data) for name, entry in header.items()}
    except (struct.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput("it is not a whole safetensors file") from error
    return _File(tensors, metadata)


def _tensor(entry: Any, data: bytes) -> tuple[str, Shape, bytes]:
    """ValueError unless the bytes are there, as many as the shape needs."""
    kind, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    whole = all(type(size) is int and size >= 0 for size in (*shape, start, end))
    if not whole or not start <= end <= len(data) or end - start != prod(shape) * SIZES[kind]:
        raise ValueError(kind)
    return kind, shape, data[start:end]
