"""Images in the idx format of MNIST and Fashion-MNIST, gzipped or not."""

import gzip
import struct
import zlib
from pathlib import Path

import torch
from torch import Tensor

from trainer.errors import BadData
from trainer.images import Images, Wanted, resize

SPLITS = {"train": "train", "test": "t10k"}


def is_here(folder: Path) -> bool:
    """Whether folder holds idx files."""
    return _find(folder, "train-images-idx3-ubyte") is not None


def read(folder: Path, wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Images]]:
    """Class names and the splits train and test; an image's id is like test/00042.

    The format has no names of classes: labels.txt in the folder gives them, one a line; without it they are numbers.
    """
    parts = {split: _part(folder, split, wanted.size) for split in SPLITS}
    highest = max(int(part.labels.max()) for part in parts.values())
    names = folder / "labels.txt"
    classes = names.read_text().split() if names.is_file() else [str(number) for number in range(highest + 1)]
    if highest >= len(classes):
        raise BadData(f"{names}: {len(classes)} names, but there is a label {highest}")
    return tuple(classes), parts


def _part(folder: Path, split: str, size: int) -> Images:
    pixels = _array(folder, f"{SPLITS[split]}-images-idx3-ubyte", 3)
    labels = _array(folder, f"{SPLITS[split]}-labels-idx1-ubyte", 1).long()
    if len(pixels) != len(labels) or not len(labels):
        raise BadData(f"{folder}: {len(pixels)} {split} images but {len(labels)} labels")
    return Images(resize(pixels.unsqueeze(1), size), labels, [f"{split}/{place:05}" for place in range(len(labels))])


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / f"{name}.gz", folder / name) if path.is_file()), None)


def _array(folder: Path, name: str, dimensions: int) -> Tensor:
    path = _find(folder, name)
    if path is None:
        raise BadData(f"{folder}: {name}.gz is missing")
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        magic, *shape = struct.unpack_from(f">{1 + dimensions}I", content)
        if magic != 0x800 + dimensions:
            raise ValueError(f"its magic number is {magic}")
        return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=4 * (1 + dimensions)).reshape(shape)
    except (OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error) as error:
        raise BadData(f"{path}: not an idx file ({error})") from error
