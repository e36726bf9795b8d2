"""What the model finds easy and what hard: a bar a class, the hardest first."""

from html import escape
from typing import Any

from trainferry.runs.predictions import Count, Predictions
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part
from trainferry.views.predictions import bars
from trainferry.views.predictions.bars import Bar

MOST = 60  # classes that a page shows: the hardest


def values(predictions: Predictions) -> dict[str, Any]:
    """Of labelled predictions."""
    rows = sorted(predictions.counts.items(), key=lambda row: (row[1].share, row[0]))[:MOST]
    return {"classes": [_class(predictions, name, count) for name, count in rows]}


def _class(predictions: Predictions, name: str, count: Count) -> dict[str, Any]:
    other, taken = predictions.taken_for(name)
    return {"name": name, "right": count.right, "images": count.images, "taken_for": other, "taken": taken}


def render(fields: Fields) -> Part:
    found = fields.rows("classes", MOST)
    if not found:
        return Part("")
    shown = bars.part(_bar(one, worst=at == 0 and len(found) > 1) for at, one in enumerate(found))
    told = (
        "<p class=quiet>How many of each kind are right. The thin mark says how far the number can be trusted: "
        "with other pictures of the same kind it would most probably lie there.</p>"
    )
    return Part(f"<section>{told}{shown.html}</section>", shown.style)


def _bar(one: Fields, worst: bool) -> Bar:
    images = one.count("images")
    count = Count(one.count("right", images), images)
    other, taken = one.text("taken_for"), one.count("taken")
    note = f"{taken:,} taken for {escape(other)}" if taken else "never taken for another"
    return Bar(one.text("name"), count, note, worst)
