"""Where the model was sure, and wrong: pictures with what they are and what it said."""

from collections.abc import Sequence
from typing import Any

from trainferry.runs.predictions import Predictions, Row
from trainferry.views.demo import drawn
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part
from trainferry.views.pictures import Sheet
from trainferry.views.predictions import gallery
from trainferry.views.predictions.gallery import Tile
from trainferry.views.predictions.selection import mistakes, sure

MOST = 12


def rows(predictions: Predictions) -> list[Row]:
    """Which are shown, the most confident first."""
    return mistakes(predictions, MOST)


def values(predictions: Predictions, chosen: Sequence[Row], sheet: Sheet) -> dict[str, Any]:
    """`sheet` has the pictures of the chosen rows, as far as they can be had."""
    told = [
        {
            "label": row.label,
            "prediction": row.prediction,
            "sure": round(sure(predictions, row), 4),
            "cell": sheet.places.get(row.image),
        }
        for row in chosen
    ]
    return {"mistakes": told, "sheet": drawn.values(sheet)}


def render(fields: Fields) -> Part:
    found = fields.rows("mistakes", 100)
    if not found:
        return Part("")
    told = "<p class=quiet>A model does not know what it does not know. These are the answers it was surest of.</p>"
    shown = gallery.part(map(_tile, found), drawn.sheet(fields.inner("sheet")))
    return Part(f"<section>{told}{shown.html}</section>", shown.style)


def _tile(one: Fields) -> Tile:
    cell = one.count("cell", drawn.MOST) if "cell" in one else None
    return Tile("", one.text("label"), one.text("prediction"), one.number("sure", 0, 1), cell)
