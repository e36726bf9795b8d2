"""How much an image of each class counts: as it was said, or as much of that as the class turns out to need.

A fixed weight overshoots: the class gets better than its neighbours, and they pay for it. The adaptive one asks the
validation images after every epoch. Counting w times as much moves a class's logit by about log w (the prior shift of
Saerens, Latinne and Decaestecker 2002), so their probabilities tell what each weight up to the one that was said would
do; the highest one is taken that neither costs more than a little accuracy nor makes another class the worst.
"""

import math

import torch
from torch import Tensor

from trainer.errors import BadFlags
from trainer.evaluate import Evaluation, recall_by_class

DEAREST = 0.0015  # of accuracy that the other classes may pay in all,
DOUBT = 0.5  # and standard errors of it: of few validation images it is not known well
STEPS = 24  # weights that are asked about, evenly spaced in their logarithm
HASTE = 0.5  # of the way that is gone after an evaluation

Chosen = tuple[tuple[str, float], ...]


class Weights:
    """`current` (C,) float32 on the CPU: the factors that were chosen, 1 for all others. The same in every rank."""

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

    def __getitem__(self, name: str) -> float:
        return self.current[self.classes.index(name)].item()

    def learn(self, result: Evaluation) -> None:
        """Move by what an evaluation of the net as it is now says; a class without images there stays."""
        for name in self.moving:
            if name in result.recall:
                place = self.classes.index(name)
                wanted = _highest(result, place, self.current[place], self.factors[name])
                self.current[place] *= (wanted / self.current[place]) ** HASTE

    def told(self) -> str:
        """`, shirt counts 1.8`, "" when nothing moves."""
        return "".join(f", {name} counts {self[name]:.2f}" for name in self.moving)

    def take_over(self, current: Tensor | None) -> None:
        """What an earlier start had learnt; fixed weights stay what was said this time."""
        if current is None:
            return
        for name in self.moving:
            place = self.classes.index(name)
            self.current[place] = current[place].clamp(1.0, self.factors[name])


def _highest(result: Evaluation, place: int, current: Tensor, factor: float) -> Tensor:
    """The highest weight of the class at `place` that the others can bear; `result` is of a net that has `current`."""
    weights = torch.logspace(0.0, math.log10(factor), STEPS + 1)
    highest, unweighted = weights[0], _said(result, place, weights[0] / current) == result.labels
    for weight in weights[1:]:
        said = _said(result, place, weight / current)
        right = said == result.labels
        lost, changed = (unweighted.sum() - right.sum()).item(), (unweighted != right).sum().item()
        bearable = lost <= DEAREST * len(right) + DOUBT * math.sqrt(changed)
        if bearable and not _is_passed(said, result, place):
            highest = weight
    return highest


def _said(result: Evaluation, place: int, ratio: Tensor) -> Tensor:
    """(N,) int64: the predictions if the class at `place` counted `ratio` times as much as it did."""
    logs = result.probabilities.clamp_min(1e-12).log()
    logs[:, place] += ratio.log()
    return logs.argmax(1)


def _is_passed(said: Tensor, result: Evaluation, place: int) -> bool:
    """Whether the class at `place` is better than the worst of the others."""
    recall = recall_by_class(said, result.labels, len(result.classes))
    others = torch.cat([recall[:place], recall[place + 1 :]])
    others = others[~others.isnan()]
    return len(others) == 0 or bool(recall[place] > others.min())
