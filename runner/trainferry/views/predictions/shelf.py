"""The pictures of the page: first the worst mistakes, then what the script is asked for; one of them large."""

from collections.abc import Sequence
from typing import Any

from trainferry.runs.predictions import Predictions, Row
from trainferry.views import page as pages
from trainferry.views.page import Part
from trainferry.views.pictures import Sheet
from trainferry.views.predictions import gallery, selection
from trainferry.views.predictions.gallery import Tile

TOP = 5  # classes of a picture whose probability is told

STYLE = """
.shelf { scroll-margin-top: 1rem } .shelf h2:focus { outline: none }
.shelf .bar { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline }
.shelf .bar button { font-family: inherit; cursor: pointer }
.script { display: none }
dialog.detail { border: 1px solid var(--line); border-radius: 14px; background: var(--card); color: var(--ink);
  width: min(34rem, calc(100vw - 1.5rem)); padding: 1.3rem; box-shadow: 0 12px 48px rgb(0 0 0 / .3) }
dialog.detail::backdrop { background: rgb(8 12 18 / .55) }
.detail .pic { --pic: min(14rem, 60vw); display: block; margin: 0 auto 1rem }
.detail h3 { margin: 0; font-size: 1.1rem; text-align: center } .detail .id { text-align: center; margin: .2rem 0 1rem }
.detail .chances { display: grid; grid-template-columns: auto 1fr auto; gap: .35rem .8rem; align-items: center;
  margin: 0 0 1.2rem; font-variant-numeric: tabular-nums }
.detail .track { height: .9rem; border-radius: 5px; background: var(--well); box-shadow: inset 0 0 0 1px var(--line);
  overflow: hidden }
.detail .fill { height: 100%; background: var(--wrong) } .detail .fill.right { background: var(--right) }
.detail .buttons { display: flex; gap: .6rem; justify-content: space-between }
.detail .buttons button { font-family: inherit; cursor: pointer }
"""


def part(predictions: Predictions, rows: Sequence[Row], sheet: Sheet) -> Part:
    """The pictures: the first ones for everybody, others as the script is asked for them."""
    first = rows[: selection.FIRST]
    wrong = bool(first) and bool(first[0].label) and first[0].label != first[0].prediction
    first = [row for row in first if not wrong or (row.label and row.label != row.prediction)]
    title = "Mistakes it was most sure of" if wrong else "Images it was least sure of"
    tiles = gallery.part([_tile(predictions, row, sheet) for row in first], sheet)
    html = (
        "<section class=shelf aria-live=polite><div class=bar><h2 tabindex=-1 id=shelf>"
        f'{title}</h2><button class="button small back" hidden>Back to where it began</button></div>'
        f"<p class=quiet></p>{tiles.html}</section>{_detail(sheet)}"
        f"{pages.data('predictions', _values(predictions, rows, sheet))}"
    )
    return Part(html, STYLE + tiles.style)


def _tile(predictions: Predictions, row: Row, sheet: Sheet) -> Tile:
    cell = sheet.places.get(row.image)
    return Tile(row.id, row.label, row.prediction, selection.sure(predictions, row), cell)


def _detail(sheet: Sheet) -> str:
    return (
        '<dialog class=detail aria-labelledby=detail-name><span class="pic '
        f'{sheet.name}" role=img></span><h3 id=detail-name></h3><p class="quiet id"></p><div class=chances></div>'
        '<div class=buttons><button class="button small before">Previous</button>'
        '<button class="button small after">Next</button>'
        '<button class="button small close">Close</button></div></dialog>'
    )


def _values(predictions: Predictions, rows: Sequence[Row], sheet: Sheet) -> dict[str, Any]:
    """For the script: a line an image, classes by their places, the most probable first."""
    place = predictions.place
    return {
        "classes": predictions.classes,
        "sheet": {"name": sheet.name, "columns": sheet.columns, "rows": sheet.rows},
        "images": [
            {
                "id": row.id,
                "label": place.get(row.label, -1),
                "prediction": place[row.prediction],
                "top": _top(row),
                "cell": sheet.places.get(row.image),
            }
            for row in rows
        ],
    }


def _top(row: Row) -> list[tuple[int, float]]:
    order = sorted(range(len(row.probabilities)), key=lambda at: (-row.probabilities[at], at))
    return [(at, round(row.probabilities[at], 4)) for at in order[:TOP]]
