"""A data set: every image decoded once, in memory, split in three."""

import dataclasses
import zlib
from pathlib import Path

import torch

from trainer import digits, folders, idx
from trainer.errors import BadData, NoData
from trainer.images import Images, Wanted

TEST_FRACTION = 0.1  # of a set that has no test split


@dataclasses.dataclass(frozen=True)
class DataSet:
    """The three splits and the names of the classes; a label is a place in classes."""

    classes: tuple[str, ...]
    train: Images
    validation: Images
    test: Images

    def to(self, device: torch.device) -> "DataSet":
        """The same data, its tensors on device."""
        return DataSet(self.classes, self.train.to(device), self.validation.to(device), self.test.to(device))


def load(data: str, val_fraction: float, wanted: Wanted) -> DataSet:
    """Read what data names; NoData or BadData in one line when that cannot be.

    Splits that are not there are taken from the training images. A split holds the same images whatever the seed,
    since a hash of each image's id decides.
    """
    classes, parts = _read(data, wanted)
    for split, fraction in (("test", TEST_FRACTION), ("val", val_fraction)):
        if split not in parts:
            parts[split], parts["train"] = _hold_out(parts["train"], fraction, split)
    if empty := [split for split, part in parts.items() if not len(part)]:
        raise BadData(f"{data}: too few images, none is left for the {empty[0]} split")
    return DataSet(classes, parts["train"], parts["val"], parts["test"])


def _read(data: str, wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Images]]:
    if data == "digits":
        return digits.read(wanted)
    folder = Path(data)
    if not folder.is_dir():
        raise NoData(f"--data {data}: no such folder")
    return idx.read(folder, wanted) if idx.is_here(folder) else folders.read(folder, wanted)


def _hold_out(images: Images, fraction: float, salt: str) -> tuple[Images, Images]:
    """The held out images, a fraction of each class and at least one of two, and the others."""
    hashes = torch.tensor([zlib.crc32(f"{salt}/{name}".encode()) for name in images.ids])
    held_out = torch.zeros(len(images), dtype=torch.bool)
    for label in torch.unique(images.labels):
        members = (images.labels == label).nonzero().flatten()
        count = max(round(len(members) * fraction), int(len(members) > 1))
        held_out[members[hashes[members].argsort(stable=True)][:count]] = True
    return images.take(held_out.nonzero().flatten()), images.take((~held_out).nonzero().flatten())
