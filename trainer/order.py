"""Chance as a pure function: what a step sees depends on the seed and its number, not on what ran before it.

This is why a resumed run is bit-equal to an unkilled one and why no state of a random generator is saved.
"""

import hashlib

import torch
from torch import Tensor


def generator(seed: int, purpose: str, number: int) -> torch.Generator:
    """A CPU generator that only (seed, purpose, number) decide; the same numbers for every device."""
    return torch.Generator().manual_seed(seed_of(seed, purpose, number))


def seed_of(seed: int, purpose: str, number: int) -> int:
    """A number of 64 bits that only the three decide."""
    digest = hashlib.blake2b(f"{purpose}/{seed}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Order:
    """Which images a step sees: every epoch a new permutation, cut into full batches (a rest is left out)."""

    def __init__(self, seed: int, images: int, batch_size: int) -> None:
        self.seed = seed
        self.images = images
        self.batch_size = min(batch_size, images)
        self.steps_per_epoch = images // self.batch_size
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64)

    def batch(self, step: int) -> Tensor:
        """Indices (batch_size,) int64 of step number step, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._permutation = torch.randperm(self.images, generator=generator(self.seed, "order", epoch))
        return self._permutation[place * self.batch_size : (place + 1) * self.batch_size]
