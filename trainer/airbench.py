"""The large net, after Keller Jordan's airbench94 (cifar10-airbench, MIT licence), in plain torch.

A first layer that whitens patches of 2 x 2 and is never trained, then three groups of two convolutions.
"""

import torch
from torch import Tensor, nn

from trainer.normalised import Normalised

WIDTHS = (64, 256, 256)
PATCHES = 5_000  # images whose patches are looked at
SCALE = 1 / 9  # of the logits


class Net(Normalised):
    """2 million weights; for a GPU, or for patience."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(channels)
        patterns = 2 * channels * 4  # each eigenvector of a patch of 2 x 2, and its negative
        self.whiten = nn.Conv2d(channels, patterns, 2)
        self.whiten.weight.requires_grad = False
        inward = (patterns, *WIDTHS[:-1])
        self.groups = nn.Sequential(*(_group(a, b) for a, b in zip(inward, WIDTHS, strict=True)))
        self.head = nn.Linear(WIDTHS[-1], classes, bias=False)

    def prepare(self, images: Tensor) -> None:
        """Take the normalisation and the first layer from a sample of images (N, channels, H, W) uint8."""
        super().prepare(images)
        sample = self.normalised(images[:: max(1, len(images) // PATCHES)])
        self.whiten.weight.data.copy_(whitening(sample))

    def forward(self, images: Tensor) -> Tensor:
        x = nn.functional.gelu(self.whiten(self.normalised(images)))
        x = self.groups(x).amax((2, 3))
        logits: Tensor = self.head(x).float()
        return logits * SCALE


def whitening(images: Tensor, least: float = 5e-4) -> Tensor:
    """Filters (8 * channels, channels, 2, 2) that turn patches of images (N, channels, H, W) into unrelated numbers."""
    channels = images.shape[1]
    patches = images.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, channels * 4).double()
    variances, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors / (variances + least).sqrt()).T.reshape(-1, channels, 2, 2)
    return torch.cat([filters, -filters]).float()


def _group(inward: int, outward: int) -> nn.Sequential:
    first, second = _convolution(inward, outward), _convolution(outward, outward)
    # ceil_mode: images of 8 x 8 are still 1 x 1 after three groups
    pool = nn.MaxPool2d(2, ceil_mode=True)
    return nn.Sequential(first, pool, _norm(outward), nn.GELU(), second, _norm(outward), nn.GELU())


def _convolution(inward: int, outward: int) -> nn.Conv2d:
    """3 x 3, its first filters the identity, so that a deep net lets the image through from the start."""
    convolution = nn.Conv2d(inward, outward, 3, padding=1, bias=False)
    kept = min(inward, outward)
    nn.init.dirac_(convolution.weight.data[:kept])
    return convolution


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, momentum=0.4, eps=1e-12)
