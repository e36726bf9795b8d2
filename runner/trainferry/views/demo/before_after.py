"""Two runs over the same pictures: what got better, what paid for it, and what is only chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from trainferry.runs.predictions import Predictions
from trainferry.runs.statistics import holm, mcnemar
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part

MOST = 60  # classes
SURE = 0.05  # chances below this are no chance

STYLE = """
.change { display: grid; grid-template-columns: minmax(5.5rem, auto) minmax(7rem, 1fr) auto auto; gap: .7rem 1.1rem;
  align-items: center; list-style: none; margin: 1rem 0 0; padding: 0 }
.change > li { display: contents }
.change .track { position: relative; height: 1.2rem }
.change .track::before { content: ""; position: absolute; inset: 50% 0 auto; border-top: 1px solid var(--line) }
.change .way { position: absolute; top: 50%; height: .3rem; margin-top: -.15rem; border-radius: 2px;
  background: var(--quiet); opacity: .45 }
.change .dot { position: absolute; top: 50%; width: .8rem; height: .8rem; margin: -.4rem; border-radius: 50% }
.change .was { background: var(--card); border: 2.5px solid var(--quiet) }
.change .is { background: var(--accent) }
.change .sure.down .is { background: var(--wrong, #c4681c) }
.change .value { font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right }
.change .note { color: var(--quiet); font-size: .88rem; white-space: nowrap }
.change-key { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; color: var(--quiet); font-size: .9rem }
.change-key i { display: inline-block; width: .75rem; height: .75rem; border-radius: 50%; margin-right: .4rem;
  vertical-align: -.05rem; background: var(--accent) }
.change-key i.was { background: none; border: 2.5px solid var(--quiet) }
@media (max-width: 44rem) {
  .change { grid-template-columns: 1fr auto; gap: .1rem .8rem }
  .change > li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; padding-bottom: .7rem }
  .change .track { grid-column: 1 / -1; grid-row: 2 } .change .note { grid-column: 1 / -1 }
}
"""


@dataclass(frozen=True)
class Change:
    """A class before and after, over the same `images`; `sure`: it is more than chance."""

    name: str
    before: int
    after: int
    images: int
    sure: bool

    @property
    def points(self) -> float:
        """Percentage points."""
        return 100 * (self.after - self.before) / self.images


def values(names: tuple[str, str], before: Predictions, after: Predictions) -> dict[str, Any]:
    """Of the runs of these names, over the labelled pictures that both answered."""
    pairs = _pairs(before, after)
    classes = [name for name in before.classes if any(pair[0] == name for pair in pairs)][:MOST]
    flips = [_flips(pairs, name) for name in classes]
    sure = [chance < SURE for chance in holm([mcnemar(only_a, only_b) for _, only_a, only_b, _ in flips])]
    rows = [
        {"name": name, "before": both + only_a, "after": both + only_b, "images": images, "sure": certain}
        for name, (both, only_a, only_b, images), certain in zip(classes, flips, sure, strict=True)
    ]
    both, only_a, only_b, images = _flips(pairs, "")
    whole = {"before": both + only_a, "after": both + only_b, "images": images}
    return {
        "names": [*names],
        "overall": {**whole, "name": "", "sure": mcnemar(only_a, only_b) < SURE},
        "classes": rows,
    }


def nothing() -> dict[str, Any]:
    """Of a run that has no second try."""
    return {"names": [], "classes": []}


def _pairs(before: Predictions, after: Predictions) -> list[tuple[str, bool, bool]]:
    """Label, whether before was right, whether after was right."""
    answers = {row.id: row for row in after.labelled}
    return [
        (row.label, row.prediction == row.label, answers[row.id].prediction == row.label)
        for row in before.labelled
        if row.id in answers and answers[row.id].label == row.label
    ]


def _flips(pairs: Sequence[tuple[str, bool, bool]], name: str) -> tuple[int, int, int, int]:
    """Right in both, only before, only after; all. Of the class, or of every class for ""."""
    found = [(a, b) for label, a, b in pairs if name in ("", label)]
    return (
        sum(a and b for a, b in found),
        sum(a and not b for a, b in found),
        sum(b and not a for a, b in found),
        len(found),
    )


def render(fields: Fields) -> Part:
    changes = [_change(one) for one in fields.rows("classes", MOST)]
    names = fields.texts("names", 2)
    if not changes or len(names) < 2:
        return Part("")
    ordered = sorted(changes, key=lambda one: -one.points)
    lines = "".join(map(_line, ordered))
    key = (
        f"<p class=change-key><span><i class=was></i>before: {escape(names[0])}</span>"
        f"<span><i></i>after: {escape(names[1])}</span></p>"
    )
    html = f"<section><p>{_words(changes, _change(fields.inner('overall')))}</p>{key}<ul class=change>{lines}</ul>"
    return Part(f"{html}</section>", STYLE)


def _change(one: Fields) -> Change:
    images = max(1, one.count("images"))
    before, after = one.count("before", images), one.count("after", images)
    return Change(one.text("name"), before, after, images, one.flag("sure"))


def _words(changes: Sequence[Change], overall: Change) -> str:
    worst = min(changes, key=lambda one: one.before / one.images)
    now = min(changes, key=lambda one: one.after / one.images)
    told = f"Before, <b>{escape(worst.name)}</b> was the hardest: {_of(worst.before, worst)} right. "
    told += f"Now it is {_of(worst.after, worst)}{'' if worst.sure else ', which may be chance'}."
    paid = [one for one in changes if one.sure and one.points < 0]
    if paid:
        told += f" {_listed([one.name for one in paid])} paid for it."
    if now.name != worst.name:
        told += f" The hardest is {escape(now.name)} now, {_of(now.after, now)}."
    return f"{told} {_whole(overall)}"


def _whole(overall: Change) -> str:
    """All classes together."""
    if not overall.points:
        return "Over all kinds as many are right as before."
    more = "more" if overall.points > 0 else "fewer"
    chance = "" if overall.sure else ", which may be chance"
    return f"Over all kinds {abs(overall.points):.1f} of 100 {more} are right{chance}."


def _of(right: int, one: Change) -> str:
    return f"{100 * right / one.images:.0f} of 100"


def _listed(names: Sequence[str]) -> str:
    shown = [f"<b>{escape(name)}</b>" for name in names[:4]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _line(one: Change) -> str:
    was, now = 100 * one.before / one.images, 100 * one.after / one.images
    low, high = min(was, now), max(was, now)
    kind = " ".join(filter(None, ("sure" if one.sure else "", "down" if one.points < 0 else "")))
    note = "the same" if not one.points else "may be chance"
    if one.sure:
        note = "better" if one.points > 0 else "worse"
    return (
        f'<li class="{kind}"><span class=name>{escape(one.name)}</span><span class="track {kind}" aria-hidden=true>'
        f'<span class=way style="left:{low:.2f}%;width:{high - low:.2f}%"></span>'
        f'<span class="dot was" style="left:{was:.2f}%"></span>'
        f'<span class="dot is" style="left:{now:.2f}%"></span></span>'
        f"<span class=value>{was:.1f} → {now:.1f} %</span><span class=note>{note}</span></li>"
    )
