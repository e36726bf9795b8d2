"""Classes as bars with the interval in which their true share lies, the worst first."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from trainferry.runs.predictions import Count, Predictions
from trainferry.runs.statistics import wilson
from trainferry.views.page import Part
from trainferry.views.predictions.words import interval, percent

MANY, FIRST = 20, 12  # lines that are too many, and how many are shown then

STYLE = """
:root { --right: #8fbdf0; --wrong: #f2b179; --mark: #15202b }
@media (prefers-color-scheme: dark) { :root { --right: #2f5f94; --wrong: #8a4a1c; --mark: #e6ebf1 } }
.bars { display: grid; grid-template-columns: fit-content(13rem) minmax(8rem, 1fr) auto fit-content(14rem);
  gap: .55rem 1rem; align-items: center; list-style: none; margin: .8rem 0 0; padding: 0 }
.bars > li { display: contents }
.bars .track { position: relative; height: 1.15rem; border-radius: 6px; background: var(--well);
  box-shadow: inset 0 0 0 1px var(--line) }
.bars .fill { position: absolute; inset: 0 auto 0 0; border-radius: 6px; background: var(--right) }
.bars .worst .fill { background: var(--wrong) }
.bars .reach { position: absolute; top: 50%; height: 2px; margin-top: -1px; background: var(--mark) }
.bars .reach::before, .bars .reach::after { content: ""; position: absolute; top: -4px; width: 2px; height: 10px;
  background: var(--mark) }
.bars .reach::after { right: 0 }
.bars .value { font-variant-numeric: tabular-nums; white-space: nowrap }
.bars .value small, .bars .note { color: var(--quiet); font-size: .88rem }
.more { margin-top: .9rem } .more summary { cursor: pointer; color: var(--accent); padding: .2rem 0 }
@media (max-width: 44rem) {
  .bars { grid-template-columns: 1fr auto; gap: .15rem .8rem }
  .bars .track { grid-column: 1 / -1; grid-row: auto; order: 0 }
  .bars > li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; padding-bottom: .7rem }
  .bars .name { grid-row: 1 } .bars .value { grid-row: 1; grid-column: 2; text-align: right }
  .bars .note { grid-column: 1 / -1 }
}
@media print { .bars .fill, .bars .reach { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


@dataclass(frozen=True)
class Bar:
    """A class: how many of its images are right; `note` is HTML that we made; `worst`: drawn so that it is seen."""

    name: str
    count: Count
    note: str = ""
    worst: bool = False


def of(predictions: Predictions) -> list[Bar]:
    """The classes of labelled predictions, the worst first, each with what it is mostly taken for."""
    rows = sorted(predictions.counts.items(), key=lambda row: (row[1].share, row[0]))
    worst = predictions.worst if len(rows) > 1 and predictions.overall.share < 1 else ""
    return [Bar(name, count, _taken(predictions, name), name == worst) for name, count in rows]


def part(bars: Iterable[Bar]) -> Part:
    """One line a class, in the order given; of many all but the first are folded away."""
    lines = [_line(bar) for bar in bars]
    first, rest = (lines, []) if len(lines) <= MANY else (lines[:FIRST], lines[FIRST:])
    html = f"<ul class=bars>{''.join(first)}</ul>"
    if rest:
        more = f"<details class=more><summary>{len(rest)} more</summary>"
        html += f"{more}<ul class=bars>{''.join(rest)}</ul></details>"
    return Part(html, STYLE)


def _line(bar: Bar) -> str:
    low, high = wilson(bar.count.right, bar.count.images)
    fill, reach = f"width:{100 * bar.count.share:.2f}%", f"left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%"
    name = f"<b>{escape(bar.name)}</b>" if bar.worst else escape(bar.name)
    return (
        f"<li{' class=worst' if bar.worst else ''}><span class=name>{name}</span>"
        f'<span class=track aria-hidden=true><span class=fill style="{fill}"></span>'
        f'<span class=reach style="{reach}"></span></span>'
        f"<span class=value>{percent(bar.count.share)} <small>({interval(bar.count)}) of {bar.count.images:,}</small>"
        f"</span><span class=note>{bar.note}</span></li>"
    )


def _taken(predictions: Predictions, name: str) -> str:
    other, count = predictions.taken_for(name)
    if not count:
        return "never taken for another"
    at = f"{predictions.place[name]},{predictions.place[other]}"
    shown = f'"{other}"' if other.isdigit() else escape(other)  # 7 taken for "7"
    return f'<span data-open="{at}">{count:,} taken for {shown}</span>'
