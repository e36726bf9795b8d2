"""Augmentation as tensor functions: uint8 in, uint8 out, on whatever device the images are."""

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclasses.dataclass(frozen=True)
class Changes:
    """What becomes of N images: mirrored (N,) bool or None, corners (2, N) in 0..2*reach to cut them out at."""

    mirrored: Tensor | None
    corners: Tensor
    reach: int

    def of(self, share: slice) -> "Changes":
        """The changes of some of the images."""
        mirrored = None if self.mirrored is None else self.mirrored[share]
        return Changes(mirrored, self.corners[:, share], self.reach)


def draw(count: int, side: int, generator: torch.Generator, flip: bool) -> Changes:
    """Changes of count images: a shift by up to 1/14 of their side and, with flip, half of them mirrored."""
    mirrored = torch.rand(count, generator=generator) < 0.5 if flip else None
    reach = max(1, round(side / 14))
    return Changes(mirrored, torch.randint(0, 2 * reach + 1, (2, count), generator=generator), reach)


def changed(images: Tensor, changes: Changes) -> Tensor:
    """Images (N, C, H, W) with their N changes."""
    if changes.mirrored is not None:
        images = mirror(images, changes.mirrored)
    return shift(images, changes.corners, changes.reach)


def mirror(images: Tensor, which: Tensor) -> Tensor:
    """Images (N, C, H, W), those of which (N,) bool mirrored left to right."""
    return torch.where(which.to(images.device)[:, None, None, None], images.flip(-1), images)


def shift(images: Tensor, corners: Tensor, reach: int) -> Tensor:
    """Images (N, C, H, W) cut at corners (2, N) in 0..2*reach out of themselves with a black border of reach pixels."""
    n, channels, height, width = images.shape
    padded = F.pad(images, (reach,) * 4)
    top, left = corners.to(images.device)
    rows = (top[:, None] + torch.arange(height, device=images.device))[:, None, :, None]
    columns = (left[:, None] + torch.arange(width, device=images.device))[:, None, None, :]
    which = torch.arange(n, device=images.device)[:, None, None, None]
    return padded[which, torch.arange(channels, device=images.device)[None, :, None, None], rows, columns]
