"""Augmentation as tensor functions: uint8 in, uint8 out, on whatever device the images are."""

import torch
import torch.nn.functional as F
from torch import Tensor


def augment(images: Tensor, generator: torch.Generator, flip: bool) -> Tensor:
    """Images (N, C, H, W) shifted by up to 1/14 of their side and, with flip, half of them mirrored."""
    if flip:
        images = mirror(images, torch.rand(len(images), generator=generator) < 0.5)
    reach = max(1, round(images.shape[-1] / 14))
    return shift(images, torch.randint(0, 2 * reach + 1, (2, len(images)), generator=generator), reach)


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
