"""Two runs over the same pictures: what got better, what paid for it, and what is only chance."""

from html import escape
from typing import Any

from trainferry.runs import opinion
from trainferry.runs.comparison import Change, Comparison
from trainferry.views.compare import moves
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part

MOST = 500  # classes
IMAGES = 1 << 40


def values(names: tuple[str, str], found: Comparison, repeated: bool) -> dict[str, Any]:
    """Of a comparison of the runs of these names. `repeated`: one is the recipe of the other once more."""
    return {
        "names": [*names],
        "repeated": repeated,
        "overall": _plain(found.overall),
        "classes": [_plain(one) for one in found.classes[:MOST]],
    }


def nothing() -> dict[str, Any]:
    """Of a run that has no second try."""
    return {"names": [], "classes": []}


def _plain(one: Change) -> dict[str, Any]:
    counts = {"images": one.images, "both": one.both, "lost": one.lost, "won": one.won}
    return {"name": one.name, **counts, "models": one.models, "recipes": one.recipes}


def render(fields: Fields) -> Part:
    changes = tuple(map(_change, fields.rows("classes", MOST)))
    names = fields.texts("names", 2)
    if not changes or len(names) < 2:
        return Part("")
    found = Comparison(_change(fields.inner("overall")), changes, (), 0)
    told = opinion.sentence(found, names[1], fields.flag("repeated"))
    shown = moves.part(found, (f"before: {names[0]}", f"after: {names[1]}"))
    quiet = "<p class=quiet>What is pale may be chance: the same training once more can do as much.</p>"
    html = f"<section><p>{_first(changes)} {escape(told[:1].upper() + told[1:])}.</p>{shown.html}{quiet}</section>"
    return Part(html, shown.style)


def _change(one: Fields) -> Change:
    images = max(1, one.count("images", IMAGES))
    both, lost, won = (one.count(name, images) for name in ("both", "lost", "won"))
    return Change(one.text("name"), images, both, lost, won, one.number("models", 0, 1), one.number("recipes", 0, 1))


def _first(changes: tuple[Change, ...]) -> str:
    """Why there was a second try."""
    worst = min(changes, key=lambda one: one.before.share)
    before, after = (f"{100 * share.share:.0f}" for share in (worst.before, worst.after))
    told = f"At first <b>{escape(worst.name)}</b> was the hardest: {before} of 100 right, {after} after the second try."
    return told if len(changes) > 1 else ""
