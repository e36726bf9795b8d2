"""`predictions.csv`: what a model says of every image. Any trainer may write it; the contract is one line.

    id,label,prediction[,image],<class>,<class>,...

`id` once in the file; `label` (empty when unknown) and `prediction` are class names; `image` is a path in the run's
output, or else in its first dataset, `#xywh=X,Y,W,H` points into a sheet of many; then a probability for each class.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trainferry.errors import BadInput
from trainferry.runs.columns import Columns, by_name, by_place

CONTRACT = "id,label,prediction[,image],<class>,<class>,..."
EXPECTED = f"expected the columns {CONTRACT} with class names in label and prediction and a probability for each class"
TEST, VALIDATION = "predictions.csv", "predictions-validation.csv"
SLACK = 1e-3  # what rounding may add to a probability
LONGEST = 1 << 20  # characters of one field


@dataclass(frozen=True)
class Row:
    """One image: `label` is "" where unknown; `probabilities` in the order of the classes; `image` "" for none."""

    id: str
    label: str
    prediction: str
    probabilities: tuple[float, ...]
    image: str = ""


@dataclass(frozen=True)
class Count:
    """`right` of `images` images."""

    right: int
    images: int

    @property
    def share(self) -> float:
        """The fraction that is right; 0 of none."""
        return self.right / self.images if self.images else 0.0


@dataclass(frozen=True)
class Predictions:
    """The rows in the order of the file."""

    classes: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)

    @cached_property
    def place(self) -> dict[str, int]:
        """Class -> its place."""
        return {name: at for at, name in enumerate(self.classes)}

    @cached_property
    def labelled(self) -> tuple[Row, ...]:
        """The rows whose label is known."""
        return tuple(row for row in self.rows if row.label)

    @cached_property
    def overall(self) -> Count:
        """All labelled rows."""
        return Count(sum(row.label == row.prediction for row in self.labelled), len(self.labelled))

    @cached_property
    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """Images by label (row) and prediction (column), in the order of the classes."""
        place = self.place
        counted = [[0] * len(self.classes) for _ in self.classes]
        for row in self.labelled:
            counted[place[row.label]][place[row.prediction]] += 1
        return tuple(map(tuple, counted))

    @cached_property
    def counts(self) -> dict[str, Count]:
        """For each class that has labelled images, in the order of the classes."""
        rows = (
            (name, row[at], sum(row)) for at, (name, row) in enumerate(zip(self.classes, self.confusion, strict=True))
        )
        return {name: Count(right, images) for name, right, images in rows if images}

    @cached_property
    def worst(self) -> str:
        """The class of the lowest share of right ones; "" when nothing is labelled."""
        return min(self.counts, key=lambda name: self.counts[name].share, default="")

    def taken_for(self, name: str) -> tuple[str, int]:
        """The other class that images of this one are taken for most often, and how often; ("", 0) for none."""
        row = self.confusion[self.place[name]]
        others = [(count, -at) for at, count in enumerate(row) if self.classes[at] != name and count]
        count, at = max(others, default=(0, 0))
        return (self.classes[-at], count) if count else ("", 0)


def read(data: bytes, source: str, columns: Mapping[str, str] | None = None) -> Predictions:
    """The same out of a file's bytes (UTF-8, with or without a mark at its start)."""
    try:
        return parse(data.decode("utf-8-sig"), source, columns)
    except UnicodeDecodeError as error:
        raise BadInput(f"{source}: byte {error.start} is not UTF-8; {EXPECTED}") from error


def parse(text: str, source: str, columns: Mapping[str, str] | None = None) -> Predictions:
    """The table in `text`; `columns` says what its columns are called when they differ from the contract (columns.py).

    Raises BadInput with `source`, the line and the contract.
    """
    lines = _lines(text, source)
    header = next(lines, (1, []))[1]
    if not header:
        raise BadInput(f"{source}: is empty; {EXPECTED}")
    found = by_name(header, columns, source) if columns else by_place(header, source, EXPECTED)
    rows = tuple(_row(fields, found, f"{source} line {line}") for line, fields in lines if fields)
    if not rows:
        raise BadInput(f"{source}: no rows; {EXPECTED}")
    _refuse_twice(rows, source)
    return Predictions(found.classes, rows)


def _lines(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for fields in reader:
            yield reader.line_num, fields
    except csv.Error as error:
        raise BadInput(f"{source} line {reader.line_num}: {error}; {EXPECTED}") from error


def _row(fields: Sequence[str], columns: Columns, where: str) -> Row:
    if len(fields) != columns.width:
        raise BadInput(f"{where}: {len(fields)} fields, the header has {columns.width}")
    label, prediction = fields[columns.label], fields[columns.prediction]
    for name, column in ((label, "label"), (prediction, "prediction")):
        if name not in columns.known and (name or column == "prediction"):
            raise BadInput(f'{where}: {column} "{name[:60]}" is none of the classes {_some(columns.classes)}')
    numbers = _probabilities([fields[at] for at in columns.places], where)
    name = fields[columns.id] if columns.id is not None else where.rpartition(" ")[2]
    return Row(name, label, prediction, numbers, fields[columns.image] if columns.image is not None else "")


def _probabilities(texts: Sequence[str], where: str) -> tuple[float, ...]:
    """Looked at one by one only when something is wrong with them: a table may have millions."""
    try:
        numbers = tuple(map(float, texts))
    except ValueError:
        numbers = (math.nan,)
    if not math.isnan(sum(numbers)) and min(numbers) >= 0 and max(numbers) <= 1:
        return numbers
    return tuple(_probability(text, where) for text in texts)


def _probability(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not -SLACK <= number <= 1 + SLACK:  # nan neither
        raise BadInput(f'{where}: "{text[:60]}" is no probability, expected a number from 0 to 1')
    return min(max(number, 0.0), 1.0)


def _refuse_twice(rows: Sequence[Row], source: str) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise BadInput(f'{source}: id "{row.id[:60]}" is there twice')
        seen.add(row.id)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
