"""scikit-learn's 1,797 digits of 8 x 8 pixels: a real data set that a smoke test can afford."""

import torch

from trainer.errors import NoData
from trainer.images import Images, Wanted, resize


def read(wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Images]]:
    """Class names and one split, train."""
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]  # heavy, only this data set needs it
    except ImportError as error:
        raise NoData("--data digits needs scikit-learn: pip install scikit-learn") from error
    bunch = load_digits()
    pixels = torch.from_numpy(bunch.images * 255 / 16).round().to(torch.uint8).unsqueeze(1)
    labels = torch.from_numpy(bunch.target).long()
    ids = [f"{place:04}" for place in range(len(labels))]
    return tuple("0123456789"), {"train": Images(resize(pixels, wanted.size), labels, ids)}
