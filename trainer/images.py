"""Images as plain tensors, and how a reader is asked for them."""

import dataclasses
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclasses.dataclass(frozen=True)
class Images:
    """pixels (N, C, H, W) uint8, labels (N,) int64, ids: N names that stay the same from run to run."""

    pixels: Tensor
    labels: Tensor
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: Tensor) -> "Images":
        """Those at places (M,) int64."""
        return Images(self.pixels[places], self.labels[places], [self.ids[place] for place in places.tolist()])

    def to(self, device: torch.device) -> "Images":
        """The same images, their tensors on device."""
        return Images(self.pixels.to(device), self.labels.to(device), self.ids)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """How to read: pixels a side (0: the images' own, 64 at most), threads, a call between pieces of the work."""

    size: int = 0
    threads: int = 1
    between: Callable[[], None] = lambda: None


def resize(pixels: Tensor, size: int) -> Tensor:
    """Pixels (N, C, H, W) uint8 as (N, C, size, size); unchanged when size is 0 or already theirs."""
    if size == 0 or tuple(pixels.shape[-2:]) == (size, size):
        return pixels
    return torch.cat([_resized(part, size) for part in torch.split(pixels, 1000)])


def _resized(pixels: Tensor, size: int) -> Tensor:
    smooth = F.interpolate(pixels.float(), (size, size), mode="bilinear", antialias=True)
    return smooth.round().clamp(0, 255).to(torch.uint8)
