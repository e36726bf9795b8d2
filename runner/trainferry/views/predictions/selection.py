"""Which images a page shows: mistakes the model was sure of, right ones it was not, some of every kind."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from trainferry.runs.predictions import Predictions, Row

MOST = 1500  # pictures of a page
FIRST = 24  # mistakes that everybody sees
OF_MISTAKES, OF_RIGHT = 60, 24  # of one cell of the matrix


def sure(predictions: Predictions, row: Row) -> float:
    """The probability of what was predicted."""
    return row.probabilities[predictions.place[row.prediction]]


def mistakes(predictions: Predictions, most: int) -> list[Row]:
    """Labelled rows that are wrong, those the model was most sure of first."""
    wrong = (row for row in predictions.labelled if row.label != row.prediction)
    return sorted(wrong, key=lambda row: (-sure(predictions, row), row.id))[:most]


def shown(predictions: Predictions, most: int = MOST) -> list[Row]:
    """The rows of a page: the mistakes that it begins with, and what `chosen` says."""
    rows = [*mistakes(predictions, FIRST), *chosen(predictions, most)]
    return list({row.id: row for row in rows}.values())[:most]


def chosen(predictions: Predictions, most: int = MOST) -> list[Row]:
    """At most so many: in turn one of each cell of the matrix, so that no kind of mistake crowds out another."""
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in predictions.rows:
        cells[row.label, row.prediction].append(row)
    ordered = [_ordered(predictions, cell, rows) for cell, rows in sorted(cells.items())]
    return list(islice(_in_turn(ordered), most))


def _ordered(predictions: Predictions, cell: tuple[str, str], rows: Sequence[Row]) -> list[Row]:
    wrong = cell[0] != cell[1]
    sign = -1 if wrong else 1
    found = sorted(rows, key=lambda row: (sign * sure(predictions, row), row.id))
    return found[: OF_MISTAKES if wrong else OF_RIGHT]


def _in_turn(cells: Sequence[Sequence[Row]]) -> Iterator[Row]:
    for turn in zip_longest(*cells):
        yield from (row for row in turn if row is not None)
