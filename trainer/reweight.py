"""How much an image of each class counts: as it was said, or as much of that as the class turns out to need.

A fixed weight overshoots: the class gets better than its neighbours, which pay for it. The adaptive one is a controller
on the validation recall. A class that was given a factor counts more as long as it is the worst one, and less as soon
as another falls behind it, between 1 and the factor. So no class is lifted at the price of a new worst one.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from trainer.errors import BadFlags

GAIN = 5.0  # a class 10 points behind all others counts 1.6 times as much after an evaluation

Chosen = tuple[tuple[str, float], ...]


class Weights:
    """`current` (C,) float32 on the CPU, `factors` as chosen; 1 for all others. The same in every rank."""

    def __init__(self, chosen: Chosen, classes: tuple[str, ...], adaptive: bool) -> None:
        """Raises BadFlags for a class that is not there."""
        for name, _ in chosen:
            if name not in classes:
                raise BadFlags(f"--class-weight {name}: no such class; there are {', '.join(classes)}")
        self.classes = classes
        self.factors = dict(chosen)
        self.moving = [name for name, factor in chosen if adaptive and factor > 1]
        start = {name: 1.0 if name in self.moving else factor for name, factor in chosen}
        self.current = torch.tensor([start.get(name, 1.0) for name in classes])

    def learn(self, recall: Mapping[str, float]) -> None:
        """Move by the recall of an evaluation; a class without images there stays."""
        for name in self.moving:
            others = [value for other, value in recall.items() if other != name]
            if name in recall and others:
                place = self.classes.index(name)
                moved = math.log(self.current[place].item()) + GAIN * (min(others) - recall[name])
                self.current[place] = math.exp(min(max(moved, 0.0), math.log(self.factors[name])))

    def told(self) -> str:
        """`, shirt counts 1.8`, "" when nothing moves."""
        return "".join(f", {name} counts {self[name]:.2f}" for name in self.moving)

    def __getitem__(self, name: str) -> float:
        return self.current[self.classes.index(name)].item()

    def take_over(self, current: Tensor | None) -> None:
        """What an earlier start had learnt; fixed weights stay what was said this time."""
        if self.moving and current is not None:
            for name in self.moving:
                place = self.classes.index(name)
                self.current[place] = min(max(current[place].item(), 1.0), self.factors[name])
