"""Recipes that were trained several times: their means, and a chance that rests on how much the trainings differ.

A handful of trainings tells little of how much trainings differ, so what was measured elsewhere (statistics.py) counts
like PRIOR of them; the more there are, the more their own differences decide (a moderated t test, Smyth 2004).
"""

import itertools
from collections.abc import Sequence
from operator import and_, gt, lt, ne
from statistics import fmean

from trainferry.runs.comparison import Change, Comparison, checked, shared
from trainferry.runs.predictions import Predictions
from trainferry.runs.statistics import ALIKE, ALIKE_OVERALL, holm, student

PRIOR = 4

Answers = Sequence[bool]  # of one training: whether it has each of the images right


def compare(groups: Sequence[Sequence[Predictions]], names: Sequence[str]) -> list[Comparison]:
    """Each of the other recipes against the first; every group holds the trainings of one. Raises BadInput.

    Only images count that all were asked about. The pairs are those of the first training of each.
    """
    for group, name in zip(groups, names, strict=True):
        for table in group:
            checked(groups[0][0], table, (names[0], name))
    labels = shared([table for group in groups for table in group])
    trained = [[_right(table, labels) for table in group] for group in groups]
    places = {"": range(len(labels)), **_by_class(groups[0][0], list(labels.values()))}
    raw = [_changes(trained[0], other, places) for other in trained[1:]]
    chances = iter(holm([change.recipes for one in raw for change in one]))
    found = []
    for one, group in zip(raw, groups[1:], strict=True):
        overall, *classes = (_judged(change, next(chances)) for change in one)
        pairs = checked(groups[0][0], group[0], (names[0], names[0])).pairs
        kept = tuple(pair for pair in pairs if pair[0].id in labels)
        left_out = max(len(table.labelled) for each in groups for table in each) - len(labels)
        found.append(Comparison(overall, tuple(classes), kept, left_out))
    return found


def distinct(group: Sequence[Predictions]) -> list[int]:
    """The places of those that answer otherwise than all before: trained with the same seed they are no repeat."""
    said = [tuple(row.prediction for row in table.rows) for table in group]
    return [at for at, one in enumerate(said) if one not in said[:at]]


def _right(table: Predictions, labels: dict[str, str]) -> list[bool]:
    said = {row.id: row.prediction for row in table.labelled}
    return [said[name] == label for name, label in labels.items()]


def _by_class(first: Predictions, labels: Sequence[str]) -> dict[str, Sequence[int]]:
    found: dict[str, list[int]] = {name: [] for name in first.classes}
    for at, label in enumerate(labels):
        found.setdefault(label, []).append(at)
    return {name: places for name, places in found.items() if places}


def _changes(first: Sequence[Answers], second: Sequence[Answers], places: dict[str, Sequence[int]]) -> list[Change]:
    def of(trained: Sequence[Answers], some: Sequence[int]) -> list[Answers]:
        return [[one[at] for at in some] for one in trained]

    return [_change(name, of(first, some), of(second, some)) for name, some in places.items()]


def _change(name: str, first: Sequence[Answers], second: Sequence[Answers]) -> Change:
    pairs = list(itertools.product(first, second))
    both, lost, won = (fmean(sum(map(count, *pair)) for pair in pairs) for count in (and_, gt, lt))
    chance = _chance(won - lost, first, second, ALIKE if name else ALIKE_OVERALL)
    return Change(name, len(first[0]), both, lost, won, chance, chance)


def _chance(change: float, first: Sequence[Answers], second: Sequence[Answers], alike: float) -> float:
    """Of a change of the mean, in images, if the recipes were equally good."""
    freedom = len(first) + len(second) - 2
    churn = fmean(sum(map(ne, *pair)) for group in (first, second) for pair in itertools.combinations(group, 2))
    expected = max(churn, 1.0) * (1 + alike * max(churn - 1, 0.0)) / 2
    seen = sum(_squares([sum(one) for one in group]) for group in (first, second))
    variance = (PRIOR * expected + seen) / (PRIOR + freedom)
    return student(change / (variance * (1 / len(first) + 1 / len(second))) ** 0.5, PRIOR + freedom)


def _squares(values: Sequence[int]) -> float:
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values)


def _judged(change: Change, chance: float) -> Change:
    return Change(change.name, change.images, change.both, change.lost, change.won, chance, chance)
