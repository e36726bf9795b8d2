"""How sure a model says it is, and how often it is right then."""

from collections.abc import Sequence
from itertools import pairwise

from trainferry.runs.predictions import Count, Predictions, Row
from trainferry.views.page import Part
from trainferry.views.predictions.bars import STYLE, Bar
from trainferry.views.predictions.bars import part as bars_part
from trainferry.views.predictions.selection import sure

EDGES = (0.0, 0.5, 0.7, 0.9, 0.99, 1.01)
NAMES = ("below 50 %", "50 to 70 %", "70 to 90 %", "90 to 99 %", "99 % and more")
EVEN = 0.02  # what nobody minds between said and done


def part(predictions: Predictions) -> Part:
    """One line for each range of sureness that has images; the surest first."""
    said = [(sure(predictions, row), row) for row in predictions.labelled]
    groups = [[row for number, row in said if low <= number < high] for low, high in pairwise(EDGES)]
    bars = [Bar(name, _count(rows)) for name, rows in zip(NAMES, groups, strict=True) if rows]
    mean = sum(number for number, _ in said) / len(said)
    told = f"<p>{_verdict(mean, predictions.overall.share)}</p>"
    return Part(told + bars_part(reversed(bars)).html, STYLE)


def _count(rows: Sequence[Row]) -> Count:
    return Count(sum(row.label == row.prediction for row in rows), len(rows))


def _verdict(said: float, done: float) -> str:
    told = f"On average it says that it is {100 * said:.1f} % sure, and it is right {100 * done:.1f} % of the time: "
    if abs(said - done) <= EVEN:
        return told + "what it says can be believed."
    return told + f"it is {100 * abs(said - done):.1f} points too {'sure' if said > done else 'modest'}."
