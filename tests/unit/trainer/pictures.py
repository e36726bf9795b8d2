"""Small data sets that a test can afford: four patterns in noise."""

import gzip
import struct
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from trainer.data import DataSet
from trainer.images import Images

CLASSES = ("board", "columns", "dim", "rows")


def images(count: int, seed: int = 0, side: int = 12) -> Images:
    """Pixels (count, 1, side, side), noise and a pattern; the label says which."""
    chance = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 100, (count, 1, side, side), dtype=torch.uint8, generator=chance)
    labels = torch.arange(count) % len(CLASSES)
    pixels[labels == 0, :, ::2, ::2] += 150
    pixels[labels == 1, :, :, ::2] += 150
    pixels[labels == 3, :, ::2, :] += 150
    return Images(pixels, labels, [f"{seed}/{place:04}" for place in range(count)])


def data_set() -> DataSet:
    """160 training, 40 validation and 40 test images."""
    return DataSet(CLASSES, images(160), images(40, 1), images(40, 2))


def class_folders(folder: Path, splits: dict[str, Images]) -> Path:
    """Write DIR/<split>/<class>/<number>.png; a split called "" is DIR itself."""
    for split, part in splits.items():
        for number, (pixels, label) in enumerate(zip(part.pixels, part.labels, strict=True)):
            target = folder / split / CLASSES[label] / f"{number:04}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[0].numpy()).save(target)
    return folder


def idx(folder: Path, splits: dict[str, Images]) -> Path:
    """Write the splits "train" and "t10k" as gzipped idx files."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, part in splits.items():
        _gzip(folder / f"{split}-images-idx3-ubyte.gz", part.pixels[:, 0])
        _gzip(folder / f"{split}-labels-idx1-ubyte.gz", part.labels.to(torch.uint8))
    return folder


def _gzip(path: Path, values: Tensor) -> None:
    header = struct.pack(f">{1 + values.dim()}I", 0x800 + values.dim(), *values.shape)
    path.write_bytes(gzip.compress(header + values.numpy().tobytes(), 1))
