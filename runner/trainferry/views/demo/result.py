"""One sentence of result: how many of a hundred pictures are right, as a hundred dots."""

from html import escape
from typing import Any

from trainferry.runs.predictions import Count, Predictions
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part
from trainferry.views.predictions.words import interval, percent

STYLE = """
.result { display: grid; grid-template-columns: minmax(11rem, 17rem) 1fr; gap: 1rem 2.2rem; align-items: center }
.result .dots { width: 100% }
.result .dots .right { fill: var(--accent) }
.result .dots .wrong { fill: none; stroke: var(--quiet); stroke-width: 1.2 }
.result .big-number { margin: 0; font-size: clamp(2.2rem, 8vw, 3.6rem); font-weight: 680; line-height: 1.05;
  letter-spacing: -.03em }
.result .big-number small { font-size: .42em; font-weight: 500; letter-spacing: 0; color: var(--quiet) }
@media (max-width: 40rem) { .result { grid-template-columns: 1fr } .result .dots { max-width: 15rem } }
"""


def values(predictions: Predictions) -> dict[str, Any]:
    """Of labelled predictions."""
    overall, worst = predictions.overall, predictions.worst
    told: dict[str, Any] = {"right": overall.right, "images": overall.images, "classes": len(predictions.counts)}
    if len(predictions.counts) > 1:
        count = predictions.counts[worst]
        taken = predictions.taken_for(worst)[0]
        told["worst"] = {"name": worst, "right": count.right, "images": count.images, "taken_for": taken}
    return told


def render(fields: Fields) -> Part:
    images = fields.count("images")
    count = Count(fields.count("right", images), images)
    if not images:
        return Part("<p class=quiet>No picture of the test has a label, so nobody can say how many are right.</p>")
    rounded = round(100 * count.share)
    html = (
        f"<section class=result>{_dots(rounded)}<div>"
        f"<p class=big-number>{rounded} <small>of 100 pictures right</small></p>"
        f"<p>The model was asked about {images:,} pictures that it had never seen, of {fields.count('classes')} kinds. "
        f"{count.right:,} of its answers were right: {percent(count.share)}. Of other pictures of these kinds "
        f"it would most probably be {' to '.join(interval(count).split('-'))} of 100.</p>"
        f"{_worst(fields.inner('worst')) if 'worst' in fields else ''}</div></section>"
    )
    return Part(html, STYLE)


def _dots(right: int) -> str:
    dots = "".join(_dot(at % 10 * 10 + 5, at // 10 * 10 + 5, at < right) for at in range(100))
    return f'<svg class=dots viewBox="0 0 100 100" role=img aria-label="{right} of 100 dots are filled">{dots}</svg>'


def _dot(x: int, y: int, filled: bool) -> str:
    return f"<circle cx={x} cy={y} r=3.6 class={'right' if filled else 'wrong'}></circle>"


def _worst(worst: Fields) -> str:
    images = worst.count("images")
    count = Count(worst.count("right", images), images)
    if not images or count.right == images:
        return ""
    taken = f", mostly taken for <b>{escape(worst.text('taken_for'))}</b>" if worst.text("taken_for") else ""
    told = f"{round(100 * count.share)} of 100 right"
    return f"<p>Hardest for it: <b>{escape(worst.text('name'))}</b>, {told}{taken}.</p>"
