"""Pictures side by side, each with what it is and what it was taken for."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from trainferry.views.page import Part
from trainferry.views.pictures import Sheet
from trainferry.views.predictions.words import percent

STYLE = """
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.8rem, 1fr)); gap: .7rem; list-style: none;
  margin: .8rem 0 0; padding: 0 }
.tiles > li, .tiles button { display: flex; flex-direction: column; gap: .35rem; align-items: center; min-width: 0;
  text-align: center; font-size: .84rem; line-height: 1.3 }
.tiles > li.plain, .tiles button { padding: .7rem .4rem .6rem; background: var(--well); border: 1px solid var(--line);
  border-radius: 10px }
.tiles button { font-family: inherit; color: inherit; width: 100%; height: 100%; cursor: pointer }
.tiles button:hover { border-color: var(--accent) }
.tiles .pic { --pic: 5.25rem }
.tiles b { font-weight: 600; display: inline-block; max-width: 100%; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; vertical-align: bottom }
.tiles li > span:last-child, .tiles button > span:last-child { max-width: 100% }
.tiles .quiet { font-size: .95em; white-space: nowrap }
@media (max-width: 30rem) { .tiles { grid-template-columns: repeat(auto-fill, minmax(6.1rem, 1fr)); gap: .5rem } }
"""


@dataclass(frozen=True)
class Tile:
    """A picture by the number of its cell (None: there is none), its label ("" when unknown), what the model said."""

    id: str
    label: str
    prediction: str
    sure: float
    cell: int | None = None


def part(tiles: Iterable[Tile], sheet: Sheet) -> Part:
    """The tiles in the order given."""
    return Part(f"<ul class=tiles>{''.join(_tile(tile, sheet) for tile in tiles)}</ul>", STYLE + sheet.style)


def _tile(tile: Tile, sheet: Sheet) -> str:
    return f'<li class=plain title="{escape(tile.id)}">{sheet.cell(tile.cell)}<span>{_told(tile)}</span></li>'


def _told(tile: Tile) -> str:
    said = f"<b>{escape(tile.prediction)}</b><br><span class=quiet>{percent(tile.sure, 0)} sure</span>"
    if not tile.label:
        return said
    if tile.label == tile.prediction:
        return f"rightly {said}"
    return f"is <b>{escape(tile.label)}</b>,<br>not {said}"
