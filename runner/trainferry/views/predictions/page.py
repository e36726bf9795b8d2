"""The whole page, out of the table, its pictures, and where both come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from trainferry.runs.predictions import Predictions
from trainferry.views import page as pages
from trainferry.views.page import Part
from trainferry.views.pictures import Sheet
from trainferry.views.predictions import bars, matrix, selection, shelf, sureness
from trainferry.views.predictions.words import interval, percent

STYLE = """
.predictions [hidden] { display: none }
.predictions :is(b, span, th, button, h1, h2, h3) { unicode-bidi: isolate }
.lead { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; align-items: center; margin: 1rem 0 .2rem }
.lead strong { font-size: clamp(2.4rem, 8vw, 3.6rem); font-weight: 680; letter-spacing: -.03em; line-height: 1.1 }
.lead span { flex: 1 1 18rem } .lead i { font-style: normal; white-space: nowrap }
.predictions h2 { font-size: 1.2rem; margin-top: 2.6rem }
.predictions [data-open] button { all: unset; cursor: pointer; text-decoration: underline dotted; padding: .1rem 0;
  text-underline-offset: 3px; min-height: 24px; box-sizing: border-box; display: inline-block }
.predictions [data-open] button:hover { color: var(--accent) }
.predictions [data-open] button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
"""


@dataclass(frozen=True)
class About:
    """`title`: the run or the file; `what`: test or validation; `facts` and `commands`: a line each, as text."""

    title: str
    what: str = "test"
    facts: Sequence[str] = ()
    commands: Sequence[str] = ()


def page(about: About, predictions: Predictions, sheet: Sheet) -> str:
    """One HTML file. `sheet` has the pictures of `selection.shown(predictions)`, as far as there are any."""
    return pages.page(f"Predictions of {about.title}", [part(about, predictions, sheet)])


def part(about: About, predictions: Predictions, sheet: Sheet) -> Part:
    """What the page consists of, from top to bottom."""
    judged = predictions.labelled
    pieces = [
        _head(about, predictions),
        *(_judged(predictions) if judged else _unlabelled(predictions)),
        shelf.part(predictions, selection.shown(predictions), sheet),
        *([Part("<h2>How sure it is, and how right</h2>"), sureness.part(predictions)] if judged else []),
        _commands(about),
    ]
    script = resources.files(__package__).joinpath("predictions.js").read_text("utf-8")
    html = "".join(piece.html for piece in pieces)
    style = "".join(pages.once(piece.style for piece in pieces))
    return Part(f"<div class=predictions>{html}</div>", STYLE + style, script)


def _head(about: About, predictions: Predictions) -> Part:
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in about.facts)
    title = f"<h1>Predictions of {escape(about.title)}</h1>"
    return Part(f"{title}{_lead(about, predictions)}<ul class=facts>{facts}</ul>")


def _lead(about: About, predictions: Predictions) -> str:
    overall, worst = predictions.overall, predictions.worst
    if not worst:
        return "<p>None of these images has a label, so nobody can say how many are right.</p>"
    unknown = len(predictions.rows) - overall.images
    told = f"of {overall.images:,} {escape(about.what)} images are right <i>({interval(overall, 1)})</i>."
    if unknown:
        told += f" {unknown:,} more have no label."
    if len(predictions.counts) > 1 and overall.right < overall.images:
        count, taken = predictions.counts[worst], predictions.taken_for(worst)[0]
        told += (
            f" Hardest is <b>{escape(worst)}</b>: {percent(count.share, 0)} right <i>({interval(count)})</i>"
            f"{f', mostly taken for <b>{escape(taken)}</b>' if taken else ''}."
        )
    return f"<p class=lead><strong>{percent(overall.share)}</strong><span>{told}</span></p>"


def _judged(predictions: Predictions) -> list[Part]:
    hint = (
        '<p class="quiet script">Press a number to see its pictures. With the keyboard: Tab to the table, then the '
        "arrow keys, then Enter.</p>"
    )
    about = (
        "<p class=quiet>The line is where the true share lies 19 times of 20, if other images of the same kind were "
        "asked.</p>"
    )
    return [
        Part(f"<h2>Class by class</h2>{about}"),
        bars.part(bars.of(predictions)),
        Part("<h2>What is taken for what</h2><p>Each line is what the images are, each column what they were taken "
             f"for. The diagonal is right.</p>{hint}"),
        matrix.part(predictions),
    ]  # fmt: skip


def _unlabelled(predictions: Predictions) -> list[Part]:
    said = dict.fromkeys(predictions.classes, 0)
    for row in predictions.rows:
        said[row.prediction] += 1
    lines = "".join(f"<li><b>{count:,}</b> {escape(name)}</li>" for name, count in said.items() if count)
    return [Part(f"<h2>What they were taken for</h2><ul class=facts>{lines}</ul>")]


def _commands(about: About) -> Part:
    if not about.commands:
        return Part("")
    return Part(f"<h2>What now</h2><pre class=command>{escape(chr(10).join(about.commands))}</pre>")
