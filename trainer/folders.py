"""Class folders of images: DIR/{train,val,test}/<class>/*.png, or DIR/<class>/*.png without a split."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps

from trainer.errors import BadData, NoData
from trainer.images import Images, Wanted

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".pgm", ".ppm")
SPLITS = {"train": ("train", "training"), "val": ("val", "valid", "validation"), "test": ("test", "testing")}
GREY = ("1", "L", "LA", "I;16", "I", "F")
SMALLEST, LARGEST = 8, 64  # pixels a side when --size does not say
LARGE = 128  # from here on decoding outweighs the interpreter's lock, and threads help; below they cost 2x
PIECE = 100  # images decoded between two calls of wanted.between

Found = list[tuple[str, str]]  # (class, path below the folder)


class Shape(NamedTuple):
    """What every image becomes, and with how many threads."""

    mode: str
    size: int
    threads: int


def read(folder: Path, wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Images]]:
    """Class names, those of the training folders, and the splits that are there.

    An image's id is its path below folder. The images have one channel when a sample of them is grey, else three.
    """
    listed = {split: _listed(folder, place) for split, place in _places(folder).items()}
    if not listed["train"]:
        raise NoData(f"--data {folder}: no <class>/*.png nor train/<class>/*.png in it")
    classes = tuple(sorted({name for name, _ in listed["train"]}))
    for split, found in listed.items():
        if strange := sorted({name for name, _ in found} - set(classes)):
            raise BadData(f"{folder}: class {strange[0]} is in the {split} split but not in train")
    shape = _shape(folder, [path for _, path in listed["train"]], wanted)
    return classes, {split: _part(folder, found, classes, shape, wanted.between) for split, found in listed.items()}


def _places(folder: Path) -> dict[str, Path]:
    """Where each split's class folders are."""
    places = {split: folder / name for split, names in SPLITS.items() for name in names if (folder / name).is_dir()}
    return places if "train" in places else {"train": folder}


def _listed(folder: Path, place: Path) -> Found:
    """Every image in the class folders of place, in a fixed order."""
    found: Found = []
    for entry in sorted(place.iterdir()):
        if entry.is_dir() and not entry.name.startswith("."):
            below = entry.relative_to(folder).as_posix()
            names = sorted(name for name in os.listdir(entry) if name.lower().endswith(ENDINGS) and name[0] != ".")
            found += [(entry.name, f"{below}/{name}") for name in names]
    return found


def _shape(folder: Path, paths: list[str], wanted: Wanted) -> Shape:
    """The shape that suits a sample of the images."""
    modes, sizes = set(), []
    for path in paths[:: max(1, len(paths) // 64)]:
        with _opened(folder, path) as image:
            modes.add(image.mode)
            sizes.append(max(image.size))
    size = wanted.size or min(LARGEST, max(SMALLEST, *sizes))
    return Shape("L" if modes <= set(GREY) else "RGB", size, wanted.threads if max(sizes) >= LARGE else 1)


def _part(folder: Path, found: Found, classes: tuple[str, ...], shape: Shape, between: Callable[[], None]) -> Images:
    number = {name: place for place, name in enumerate(classes)}
    paths = [path for _, path in found]
    pixels = np.empty((len(paths), shape.size, shape.size, len(shape.mode)), dtype=np.uint8)

    def decode(start: int) -> None:
        between()
        for place in range(start, min(start + PIECE, len(paths))):
            with _opened(folder, paths[place]) as image:
                pixels[place] = _fitted(image, shape.mode, shape.size)

    with ThreadPoolExecutor(shape.threads) as pool:
        list(pool.map(decode, range(0, len(paths), PIECE)))
    labels = torch.tensor([number[name] for name, _ in found], dtype=torch.int64)
    return Images(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), labels, paths)


def _fitted(image: Image.Image, mode: str, size: int) -> np.ndarray:
    """The image as (size, size, channels) uint8, upright; of 16 bits a pixel the upper 8."""
    if image.format == "JPEG":  # only cameras say that they were held askew
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode != mode:
        image = image.convert(mode)
    if image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(size, size, len(mode))


@contextmanager
def _opened(folder: Path, path: str) -> Iterator[Image.Image]:
    """The image at path below folder; what is wrong with it, found while it is used too, is a BadData with its name."""
    try:
        with Image.open(os.path.join(folder, path)) as image:
            yield image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadData(f"{folder / path}: not a whole image ({error})") from error
