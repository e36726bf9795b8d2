"""The classes as two points each, before and after, the biggest gain first; what may be chance is pale."""

import math
from collections.abc import Sequence
from html import escape

from trainferry.runs.comparison import NOISE, Change, Comparison
from trainferry.runs.opinion import chance
from trainferry.views.page import Part

MANY, FIRST = 24, 16  # lines that are too many, and how many of those are shown then
KINDS = {"better": "better", "worse": "worse", "models": "only these models", "noise": "within noise"}

STYLE = """
:root { --up: #0b6bcb; --down: #b4460f; --pale: #75828f }
@media (prefers-color-scheme: dark) { :root { --up: #6cb4ff; --down: #ff9d5c; --pale: #8795a3 } }
.moves { display: grid; grid-template-columns: fit-content(13rem) minmax(9rem, 1fr) auto auto auto; gap: .35rem 1.1rem;
  align-items: center; list-style: none; margin: .8rem 0 0; padding: 0 }
.moves > li { display: contents }
.moves .track { position: relative; height: 1.5rem;
  background: linear-gradient(var(--line), var(--line)) center / 100% 1px no-repeat }
.moves .track::before, .moves .track::after { content: ""; position: absolute; top: .3rem; bottom: .3rem; width: 1px;
  background: var(--line) }
.moves .track::after { right: 0 }
.moves .way { position: absolute; top: 50%; height: .34rem; margin-top: -.17rem; background: var(--tone) }
.moves .dot { position: absolute; top: 50%; width: .85rem; height: .85rem; margin: -.425rem; border-radius: 50%;
  background: var(--tone); border: 2px solid var(--tone) }
.moves .was { background: var(--card) }
.moves .axis { position: relative; height: 1.1rem; color: var(--quiet); font-size: .8rem }
.moves .axis span + span { position: absolute; right: 0 }
.moves li { --tone: var(--pale) } .moves .better { --tone: var(--up) } .moves .worse { --tone: var(--down) }
.moves .value, .moves .points { font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right }
.moves .points { color: var(--quiet) }
.moves .better .points, .moves .better .note { color: var(--up); font-weight: 650 }
.moves .worse .points, .moves .worse .note { color: var(--down); font-weight: 650 }
.moves .note { color: var(--quiet); font-size: .88rem; white-space: nowrap }
.moves .all > * { margin-bottom: .7rem } .moves .all .name { font-weight: 650 }
.moves-key { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; color: var(--quiet); font-size: .9rem; margin: .4rem 0 }
.moves-key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 50%; margin-right: .45rem;
  vertical-align: -.08rem; border: 2px solid var(--quiet) } .moves-key i.is { background: var(--quiet) }
@media (max-width: 46rem) {
  .moves { grid-template-columns: 1fr auto auto; gap: .1rem .9rem }
  .moves > li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; padding-bottom: .8rem }
  .moves .track, .moves .axis { grid-column: 1 / -1; grid-row: 2 } .moves .note { grid-column: 1 / -1; grid-row: 3 }
  .moves .all > * { margin-bottom: 0 }
}
@media print { .moves .way, .moves .dot { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


def kind(change: Change) -> str:
    """better, worse, models or noise."""
    if change.better:
        return "better"
    return "worse" if change.worse else change.kind


def part(found: Comparison, names: tuple[str, str]) -> Part:
    """All images first, then a line a class. Of many classes that may be chance only the first ones."""
    ordered = sorted(found.classes, key=lambda one: (-one.points, one.name))
    shown = _shown(ordered)
    low = _low([found.overall, *shown])
    left_out = len(ordered) - len(shown)
    note = f"<p class=quiet>{left_out:,} more classes, none of them surely changed.</p>" if left_out else ""
    key = (
        f"<p class=moves-key><span><i></i>{escape(names[0])}</span><span><i class=is></i>{escape(names[1])}</span></p>"
    )
    axis = (
        f"<li aria-hidden=true><span></span><span class=axis><span>{low} %</span><span>100 %</span></span>"
        "<span></span><span></span><span></span></li>"
    )
    lines = "".join(_line(one, low) for one in (found.overall, *shown))
    return Part(f"{key}<ul class=moves>{axis}{lines}</ul>{note}", STYLE)


def _shown(ordered: Sequence[Change]) -> list[Change]:
    if len(ordered) <= MANY:
        return [*ordered]
    most = sorted(ordered, key=lambda one: (one.kind == NOISE, -abs(one.points)))[:FIRST]
    return [one for one in ordered if one in most or one.better or one.worse]


def _low(changes: Sequence[Change]) -> int:
    """Where the axis begins: a multiple of ten below everything, so that small changes can be seen."""
    least = min(min(one.before.share, one.after.share) for one in changes)
    return max(0, 10 * math.floor((100 * least - 2) / 10))


def _line(one: Change, low: int) -> str:
    def at(share: float) -> float:
        return (100 * share - low) / (100 - low) * 100

    was, now = at(one.before.share), at(one.after.share)
    word = kind(one)
    sure = f" <small>({chance(one.recipes)})</small>" if word in ("better", "worse") else ""
    note = f"{KINDS[word]}{sure}" if one.won or one.lost else "the same"
    values = f"{100 * one.before.share:.1f} → {100 * one.after.share:.1f} %"
    return (
        f'<li class="{word}{"" if one.name else " all"}"><span class=name>{escape(one.name or "all images")}</span>'
        f'<span class=track aria-hidden=true><span class=way style="left:{min(was, now):.2f}%;'
        f'width:{abs(now - was):.2f}%"></span><span class="dot was" style="left:{was:.2f}%"></span>'
        f'<span class=dot style="left:{now:.2f}%"></span></span><span class=value>{values}</span>'
        f"<span class=points>{one.points:+.1f}</span><span class=note>{note}</span></li>"
    )
