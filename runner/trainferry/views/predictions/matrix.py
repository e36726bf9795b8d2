"""What is taken for what, as a table: a line a class, a column an answer."""

from html import escape

from trainferry.runs.predictions import Predictions
from trainferry.views.page import Part

MOST = 24  # classes of a table that a person can read

SHORT = 3  # characters of names that need not be turned

STYLE = """
.matrix { width: auto; border-collapse: separate; border-spacing: 2px; font-size: .86rem; margin: .4rem 0 }
.matrix th { width: auto; padding: .2rem .5rem; border: 0; white-space: nowrap; color: var(--quiet);
  vertical-align: middle; max-width: 12rem; overflow: hidden; text-overflow: ellipsis }
.matrix thead span { display: block; max-height: 9rem; overflow: hidden; text-overflow: ellipsis }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); padding: .4rem 0; vertical-align: middle }
.matrix.short thead th { writing-mode: initial; transform: none; text-align: center }
.matrix tbody th { position: sticky; left: 0; background: var(--card); text-align: right; z-index: 1 }
.matrix td { width: var(--cell); min-width: var(--cell); height: 2.5rem; padding: 0; border: 0; border-radius: 6px;
  text-align: center; vertical-align: middle; background: color-mix(in srgb, var(--tone) var(--part), var(--well)) }
.matrix td { --tone: var(--wrong) } .matrix td.right { --tone: var(--right) } .matrix td.zero { --part: 0% }
.matrix button { all: unset; box-sizing: border-box; display: block; width: 100%; height: 2.5rem; line-height: 2.5rem;
  border-radius: 6px; cursor: pointer }
.matrix button:hover { box-shadow: inset 0 0 0 2px var(--accent) }
.matrix button:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px }
.matrix button[aria-pressed=true] { box-shadow: inset 0 0 0 2.5px var(--ink); font-weight: 650 }
@media (max-width: 40rem) { .matrix { --cell: var(--small) !important; border-spacing: 1px;
  font-size: .68rem } .matrix th { padding: .1rem .3rem; max-width: 6.5rem } }
@media print { .matrix td { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


def part(predictions: Predictions) -> Part:
    """Of many classes only those with the most mistakes."""
    places = _places(predictions)
    names = [escape(predictions.classes[at]) for at in places]
    head = "".join(f'<th scope=col title="{name}"><span>{name}</span></th>' for name in names)
    lines = "".join(_line(predictions, at, places, name) for at, name in zip(places, names, strict=True))
    left_out = len(predictions.classes) - len(places)
    note = f"<p class=quiet>The {len(places)} classes with the most mistakes, of {len(predictions.classes)}.</p>"
    digits = max(len(f"{count:,}") for line in predictions.confusion for count in line)
    widths = f"--cell:{min(4.2, max(2.1, 50 / len(places))):.1f}rem;--small:{max(1.5, 0.42 * digits):.2f}rem"
    short = " short" if max(map(len, names)) <= SHORT else ""
    html = (
        f'{note if left_out else ""}<div class=wide role=region aria-label="What is taken for what" tabindex=0>'
        f'<table class="matrix{short}" style="{widths}"><thead><tr><td class=corner aria-hidden=true></td>{head}'
        f"</tr></thead><tbody>{lines}</tbody></table></div>"
    )
    return Part(html, STYLE)


def _places(predictions: Predictions) -> list[int]:
    """Of the classes that are shown, in order."""
    table = predictions.confusion
    every = range(len(predictions.classes))
    wrong = [sum(table[at]) + sum(line[at] for line in table) - 2 * table[at][at] for at in every]
    return sorted(sorted(every, key=lambda at: (-wrong[at], at))[:MOST])


def _line(predictions: Predictions, at: int, places: list[int], name: str) -> str:
    line = predictions.confusion[at]
    images = sum(line) or 1
    cells = "".join(_cell(at, other, line[other], images) for other in places)
    return f'<tr><th scope=row title="{name}">{name}</th>{cells}</tr>'


def _cell(at: int, other: int, count: int, images: int) -> str:
    """Mistakes are rare, so their colour grows with the root of their share."""
    if not count:
        return "<td class=zero></td>"
    depth = 100 * count / images if at == other else 100 * min(1.0, 1.6 * (count / images) ** 0.5)
    kind = " class=right" if at == other else ""
    return f'<td{kind} data-cell="{at},{other}" style="--part:{depth:.0f}%">{count:,}</td>'
