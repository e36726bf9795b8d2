"""What all nets have in common: they take raw images and carry their normalisation."""

import torch
from torch import Tensor, nn


class Normalised(nn.Module):
    """A net with the mean and deviation of each channel as buffers, to be taken from the training images."""

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))

    def prepare(self, images: Tensor) -> None:
        """Take mean and deviation of each channel from a sample of images (N, channels, H, W) uint8."""
        sample = images[:: max(1, len(images) // 10_000)].double() / 255
        self.mean.copy_(sample.mean((0, 2, 3)))
        self.std.copy_(sample.std((0, 2, 3)).clamp_min(1e-3))

    def normalised(self, images: Tensor) -> Tensor:
        """Images (N, channels, H, W) uint8 as float32 of mean 0 and deviation 1, channels last."""
        x = (images.float() / 255 - self.mean[:, None, None]) / self.std[:, None, None]
        return x.contiguous(memory_format=torch.channels_last)
