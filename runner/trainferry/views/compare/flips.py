"""The images that only one of two runs has right: how many, which classes, and the pictures."""

from collections.abc import Sequence
from html import escape
from typing import Any

from trainferry.runs.comparison import Change, Comparison
from trainferry.views import page as pages
from trainferry.views.compare.selection import Flip
from trainferry.views.page import Part
from trainferry.views.pictures import Sheet
from trainferry.views.predictions import gallery
from trainferry.views.predictions.words import percent

FIRST = 16  # pictures of each side that everybody sees

STYLE = """
.split { display: flex; height: 1.5rem; border-radius: 6px; overflow: hidden; margin: .9rem 0 .6rem; gap: 2px }
.split span { min-width: 2px } .split .both { background: var(--line) } .split .none { background: var(--pale) }
.split .won, .split-key .won { background: var(--up) } .split .lost, .split-key .lost { background: var(--down) }
.split-key { list-style: none; padding: 0; margin: 0; display: grid; gap: .3rem 1.4rem; font-size: .94rem;
  grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)) }
.split-key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-right: .5rem;
  vertical-align: -.05rem }
.split-key .both { background: var(--line) } .split-key .none { background: var(--pale) }
.choose { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 .2rem }
.choose button { font-family: inherit; cursor: pointer; color: inherit; min-height: 2rem }
.choose button[aria-pressed=true] { border-color: var(--accent); background: var(--well);
  box-shadow: inset 0 0 0 1px var(--accent) }
.choose .up { color: var(--up) } .choose .down { color: var(--down) }
.flips h3 { margin: 1.5rem 0 0; font-size: 1rem; font-weight: 650 } .flips [hidden] { display: none }
.flips .tiles { margin-top: .6rem } .flips .tiles li { justify-content: start }
.flips .tiles p { margin: 0; max-width: 100% } .flips .tiles .said { color: var(--quiet) }
.flips .tiles .said span { white-space: nowrap }
@media print { .split span { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


def part(found: Comparison, names: tuple[str, str], rows: Sequence[Flip], sheet: Sheet) -> Part:
    """Nothing to look at when both have the same images right."""
    if not found.overall.won and not found.overall.lost:
        return Part("<p>Both have the same images right.</p>")
    won, lost = [row for row in rows if row.won], [row for row in rows if not row.won]
    html = (
        f"{_split(found.overall, names)}<section class=flips>{_choose(found)}<p class=quiet>Those that are clearest "
        f"first. Was: {escape(names[0])}. Now: {escape(names[1])}.</p>"
        f"{_side('won', names[1], won, sheet)}{_side('lost', names[0], lost, sheet)}"
        f"{pages.data('flips', _values(found, rows, names, sheet))}</section>"
    )
    return Part(html, gallery.STYLE + sheet.style + STYLE)


def _split(overall: Change, names: tuple[str, str]) -> str:
    none = overall.images - overall.both - overall.won - overall.lost
    first, second = (escape(name) for name in names)
    told = (
        ("both", overall.both, "both are right"),
        ("won", overall.won, f"only {second} is right"),
        ("lost", overall.lost, f"only {first} is right"),
        ("none", none, "both are wrong"),
    )
    bar = "".join(f'<span class={kind} style="flex:{count}"></span>' for kind, count, _ in told if count)
    key = "".join(
        f"<li><i class={kind} aria-hidden=true></i><b>{count:,.0f}</b> {words}</li>" for kind, count, words in told
    )
    return f"<div class=split aria-hidden=true>{bar}</div><ul class=split-key>{key}</ul>"


def _choose(found: Comparison) -> str:
    """Buttons, one a class that has flips; only for those with scripts."""
    changed = [one for one in found.classes if one.won or one.lost]
    buttons = "".join(
        f'<button class="button small" aria-pressed=false data-class="{escape(one.name)}">{escape(one.name)} '
        f"<span class=up>+{one.won:.0f}</span> <span class=down>−{one.lost:.0f}</span></button>"
        for one in sorted(changed, key=lambda one: -one.won - one.lost)
    )
    every = '<button class="button small" aria-pressed=true data-all>all classes</button>'
    return f'<div class=choose role=group aria-label="Which class" hidden>{every}{buttons}</div>'


def _side(kind: str, right: str, rows: Sequence[Flip], sheet: Sheet) -> str:
    title = f"Only {escape(right)} is right" if rows else f"Nothing that only {escape(right)} has right"
    tiles = "".join(_tile(row, sheet) for row in rows[:FIRST])
    return f"<div class={kind} aria-live=polite><h3>{title}</h3><ul class=tiles>{tiles}</ul></div>"


def _tile(row: Flip, sheet: Sheet) -> str:
    picture = sheet.cell(sheet.places.get(row.image))
    said = (("was", row.first, row.first_sure), ("now", row.second, row.second_sure))
    lines = "".join(
        f"<p class=said>{when} <b>{escape(word)}</b> <span>{percent(sure, 0)}</span></p>" for when, word, sure in said
    )
    return f'<li class=plain title="{escape(row.id)}">{picture}<p>is <b>{escape(row.label)}</b></p>{lines}</li>'


def _values(found: Comparison, rows: Sequence[Flip], names: tuple[str, str], sheet: Sheet) -> dict[str, Any]:
    """For the script: the words are those of the page."""
    return {
        "names": names,
        "sheet": {"name": sheet.name, "columns": sheet.columns, "rows": sheet.rows},
        "first": FIRST,
        "counts": {one.name: [round(one.won), round(one.lost)] for one in found.classes},
        "overall": [round(found.overall.won), round(found.overall.lost)],
        "images": [
            {
                "id": row.id,
                "label": row.label,
                "said": [row.first, row.second],
                "sure": [percent(row.first_sure, 0), percent(row.second_sure, 0)],
                "won": row.won,
                "cell": sheet.places.get(row.image),
            }
            for row in rows
        ],
    }
