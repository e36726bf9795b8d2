"""Two runs asked about the same images: which answers changed, class by class, and whether that is more than chance.

There are two questions. Are these two models different? And would the second recipe do it again? Training one recipe
twice gives models that differ class by class, truly, and by points: the first question alone would call that an
improvement. So a change is SURE only when training again does not explain it either; MODELS when it holds for these
two models, of which the better one may well be used, but says nothing of how they were trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trainferry.errors import BadInput
from trainferry.runs.predictions import Predictions, Row
from trainferry.runs.statistics import ALIKE, ALIKE_OVERALL, apart, holm, mcnemar, paired, retrained

LEVEL = 0.01  # chances below it are no chance, all classes of all runs looked at together
ONCE = 0.05  # the same for one more look, at the class that is worst
SURE, MODELS, NOISE = "sure", "models", "noise"

Pair = tuple[Row, Row]  # of one image, by the first and by the second run


@dataclass(frozen=True)
class Share:
    """`right` of `images`; a mean, where a recipe was trained several times."""

    right: float
    images: int

    @property
    def share(self) -> float:
        """The fraction."""
        return self.right / self.images if self.images else 0.0


@dataclass(frozen=True)
class Change:
    """Of one class, or of all ("") over `images` images: `both` have so many right, only the first `lost`, the second
    alone `won`; means, where a recipe was trained several times. `models`, `recipes`: the chances (statistics.py) that
    all of it is noise, corrected for many looks.
    """

    name: str
    images: int
    both: float
    lost: float
    won: float
    models: float = 1.0
    recipes: float = 1.0

    @property
    def before(self) -> Share:
        """What the first run has right."""
        return Share(self.both + self.lost, self.images)

    @property
    def after(self) -> Share:
        """What the second run has right."""
        return Share(self.both + self.won, self.images)

    @property
    def points(self) -> float:
        """Percentage points."""
        return 100 * (self.won - self.lost) / self.images if self.images else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Percentage points between which the change of these two models lies, 19 times of 20."""
        low, high = paired(self.lost, self.won, self.images)
        return 100 * low, 100 * high

    @property
    def kind(self) -> str:
        """SURE, MODELS or NOISE."""
        if self.models >= LEVEL:
            return NOISE
        return SURE if self.recipes < LEVEL else MODELS

    @property
    def better(self) -> bool:
        """Surely."""
        return self.kind == SURE and self.won > self.lost

    @property
    def worse(self) -> bool:
        """Surely."""
        return self.kind == SURE and self.won < self.lost


@dataclass(frozen=True)
class Comparison:
    """`left_out`: images of either run that the other has not, or calls by another label."""

    overall: Change
    classes: tuple[Change, ...]
    pairs: tuple[Pair, ...] = field(repr=False)
    left_out: int

    @cached_property
    def worst(self) -> tuple[Change, Change]:
        """The class that is worst in the first run, and the one in the second."""
        first = min(self.classes, key=lambda one: one.before.share)
        return first, min(self.classes, key=lambda one: one.after.share)

    @property
    def raised(self) -> bool:
        """Whether the worst class of the second run is surely better than the worst of the first."""
        first, second = self.worst
        if not first.better or second.after.share <= first.before.share:
            return False
        before, after = first.before, second.after
        return first is second or apart((before.right, before.images), (after.right, after.images)) < ONCE


def compare(first: Predictions, others: Sequence[Predictions], names: Sequence[str]) -> list[Comparison]:
    """Each of the others against the first; `names` of all, for the errors. All chances are corrected together.

    Raises BadInput when a run has been asked about other images.
    """
    raw = [checked(first, other, (names[0], name)) for other, name in zip(others, names[1:], strict=True)]
    changes = [change for one in raw for change in (one.overall, *one.classes)]
    models = iter(holm([mcnemar(int(one.lost), int(one.won)) for one in changes]))
    recipes = iter(
        holm([retrained(int(one.lost), int(one.won), ALIKE if one.name else ALIKE_OVERALL) for one in changes])
    )

    def judged(one: Change) -> Change:
        return Change(one.name, one.images, one.both, one.lost, one.won, next(models), next(recipes))

    return [Comparison(judged(one.overall), tuple(map(judged, one.classes)), one.pairs, one.left_out) for one in raw]


def checked(first: Predictions, second: Predictions, names: tuple[str, str]) -> Comparison:
    """Counted and not yet judged. Raises BadInput when they were asked about other images."""
    pairs = _pairs(first, second)
    most = max(len(first.labelled), len(second.labelled))
    if not most:
        raise BadInput(f"{names[0]} and {names[1]}: their images have no labels, so nobody can say which is better")
    if 2 * len(pairs) < most:
        told = f"{len(pairs):,} of {most:,} images have the same id and label in both"
        raise BadInput(
            f"{names[0]} and {names[1]} were asked about other images: {told}", "compare runs of one dataset"
        )
    by_class: dict[str, list[Pair]] = {name: [] for name in dict.fromkeys((*first.classes, *second.classes))}
    for pair in pairs:
        by_class[pair[0].label].append(pair)
    classes = tuple(_change(name, found) for name, found in by_class.items() if found)
    return Comparison(_change("", pairs), classes, tuple(pairs), most - len(pairs))


def shared(tables: Sequence[Predictions]) -> dict[str, str]:
    """The images that all were asked about, by id, each with the label that all give it."""
    found = {row.id: row.label for row in tables[0].labelled}
    for table in tables[1:]:
        known = {row.id: row.label for row in table.labelled}
        found = {name: label for name, label in found.items() if known.get(name) == label}
    return found


def _pairs(first: Predictions, second: Predictions) -> list[Pair]:
    answers = {row.id: row for row in second.labelled}
    found = ((row, answers[row.id]) for row in first.labelled if row.id in answers)
    return [(one, other) for one, other in found if one.label == other.label]


def _change(name: str, pairs: Sequence[Pair]) -> Change:
    right = [(one.prediction == one.label, other.prediction == other.label) for one, other in pairs]
    counts = [right.count(kind) for kind in ((True, True), (True, False), (False, True))]
    return Change(name, len(pairs), *counts)
