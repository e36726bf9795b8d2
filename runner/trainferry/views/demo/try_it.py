"""Draw something or choose a picture, and the model answers in the page; of a model too large for it, examples."""

import base64
import zlib
from collections import defaultdict
from collections.abc import Sequence
from html import escape
from importlib import resources
from itertools import islice, zip_longest
from typing import Any

from trainferry.errors import BadInput
from trainferry.runs.predictions import Predictions, Row
from trainferry.views.demo import drawn, weights
from trainferry.views.demo.fields import Fields
from trainferry.views.demo.weights import Net
from trainferry.views.page import Part, data
from trainferry.views.pictures import Sheet
from trainferry.views.predictions import gallery
from trainferry.views.predictions.gallery import Tile
from trainferry.views.predictions.selection import sure

MOST = 36  # examples, from which the page also learns how the images of the training look
STILL = 12  # of them that are shown where there is no script, or no net
CLASSES = 1000
SCRIPTS = ("model.js", "look.js", "paper.js", "try_it.js")

STYLE = """
.try-it [hidden] { display: none !important }
.try-it .answer { grid-row: 1 / span 2; grid-column: 2 }
.try-it .desk { display: grid; grid-template: auto 1fr / minmax(0, 21rem) minmax(0, 1fr); gap: .7rem 2rem }
.try-it .paper { display: block; width: 100%; border-radius: 12px; border: 1px solid var(--line); touch-action: none;
  cursor: crosshair }
.try-it .desk ~ p { margin-top: 1.3rem }
.try-it .board.over .paper { outline: 3px dashed var(--accent); outline-offset: 2px }
.try-it .tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
.try-it button, .try-it .pick { font: inherit; font-size: .92rem; font-weight: 600; color: var(--accent);
  background: transparent; border: 2px solid var(--line); border-radius: 9px; padding: .3rem .8rem; cursor: pointer }
.try-it button:hover, .try-it .pick:hover { background: var(--well); border-color: var(--accent) }
.try-it .pick:focus-within { outline: 3px solid var(--accent); outline-offset: 2px }
.try-it .pick input { position: absolute; opacity: 0; width: 1px; height: 1px; min-width: 24px; min-height: 24px;
  pointer-events: none }
.try-it .tools label:not(.pick) { display: inline-flex; margin-right: .5rem; gap: .45rem; align-items: center;
  min-height: 24px }
.try-it input[type=range] { width: 5rem; height: 24px; accent-color: var(--accent) }
.try-it input[type=checkbox] { width: 24px; height: 24px; margin: 0; accent-color: var(--accent) }
.try-it input[type=color] { width: 2.4rem; height: 2rem; padding: 0; border: 1px solid var(--line); background: none }
.try-it .said { margin: 0 0 .8rem; min-height: 3.4rem; font-size: 1.02rem; line-height: 1.35 }
.try-it .said b { display: block; font-size: clamp(1.5rem, 5vw, 2.1rem); font-weight: 680; letter-spacing: -.02em;
  line-height: 1.15 }
.try-it .odds { list-style: none; margin: 0; padding: 0; display: grid; gap: .3rem }
.try-it .odds li { display: grid; grid-template-columns: minmax(4.5rem, 7.5rem) 1fr 3.2rem; gap: .7rem;
  align-items: center; font-size: .92rem; line-height: 1.25 }
.try-it .odds li span:last-child { text-align: right; font-variant-numeric: tabular-nums }
.try-it .odds i { display: block; height: .8rem; border-radius: 4px; background: var(--well);
  border: 1px solid var(--line); overflow: hidden }
.try-it .odds i::before { content: ""; display: block; height: 100%; width: calc(100% * var(--share, 0));
  background: var(--quiet) }
.try-it .odds .top { font-weight: 650 } .try-it .odds .top i::before { background: var(--accent) }
.try-it figure { display: flex; gap: .8rem; align-items: center; margin: 1.1rem 0 0; font-size: .88rem;
  color: var(--quiet) }
.try-it .seen { width: 4.5rem; image-rendering: pixelated; border-radius: 6px; border: 1px solid var(--line);
  flex: none }
.try-it .samples { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .6rem 0 0; padding: 0 }
.try-it .samples button { padding: .25rem; line-height: 0 }
.try-it .samples button[aria-pressed=true] { border-color: var(--accent) }
.try-it .samples .pic { --pic: 3rem }
.try-it .aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
@media (max-width: 44rem) { .try-it .desk { grid-template: none / minmax(0, 1fr) }
  .try-it .answer { grid-area: auto } }
@media print { .try-it .tools { display: none } }
"""


def rows(predictions: Predictions) -> list[Row]:
    """Those that serve as examples: with a picture, one of each class in turn, the same ones every time."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(predictions.rows, key=lambda row: (zlib.crc32(row.id.encode()), row.id)):
        if row.image:
            groups[row.label or row.prediction].append(row)
    ordered = [groups[name] for name in predictions.classes if name in groups]
    return list(islice((row for turn in zip_longest(*ordered) for row in turn if row is not None), MOST))


def values(predictions: Predictions, chosen: Sequence[Row], sheet: Sheet, net: Net | BadInput) -> dict[str, Any]:
    """`chosen`: of `rows`; `sheet` has their pictures; `net`: why there is none, when the model is another one."""
    told = [
        {
            "label": row.label,
            "prediction": row.prediction,
            "sure": round(sure(predictions, row), 4),
            "cell": sheet.places.get(row.image),
        }
        for row in chosen
    ]
    examples = {"examples": told, "sheet": drawn.values(sheet)}
    if isinstance(net, BadInput):
        return {"why": net.message, **examples}
    encoded = base64.b64encode(net.content).decode()
    return {"classes": [*net.classes], "shape": [*net.shape], "weights": encoded, **examples}


def render(fields: Fields) -> Part:
    examples, sheet = fields.rows("examples", MOST), drawn.sheet(fields.inner("sheet"))
    if "why" in fields and not examples:
        return Part("")
    pictured = [one for one in examples if "cell" in one and sheet.uri]
    still = gallery.part(map(_tile, examples[:STILL]), sheet)
    style = STYLE + still.style
    if "why" in fields:
        told = f"This model cannot answer in a page: {escape(fields.text('why'))}. These are some of its answers."
        return Part(f"<section class=try-it><p>{told}</p>{still.html}</section>", style)
    told = "<p class=quiet>With JavaScript you can draw here, and the model answers. These are some of its answers.</p>"
    live = f"<div class=live hidden>{_desk(fields)}{_samples(pictured, sheet)}</div>"
    html = f"<section class=try-it><div class=still>{told}{still.html}</div>{live}{_data(fields, pictured, sheet)}"
    return Part(f"{html}</section>", style, _script())


def _data(fields: Fields, pictured: Sequence[Fields], sheet: Sheet) -> str:
    """What the script needs, checked here."""
    classes, shape = fields.texts("classes", CLASSES), [int(size) for size in fields.numbers("shape", 3)]
    if len(classes) < 2 or len(shape) != 3 or shape[0] not in (1, 3) or not all(8 <= n <= 128 for n in shape[1:]):
        raise BadInput(f"{fields.where}.shape: expected 1 or 3 channels, then height and width from 8 to 128")
    encoded = fields.encoded("weights")
    try:
        weights.check(base64.b64decode(encoded, validate=True), shape[0], len(classes))
    except (BadInput, ValueError) as error:
        raise BadInput(f"{fields.where}.weights: expected those of a net that a page can run") from error
    told = [{"label": one.text("label"), "cell": one.count("cell", drawn.MOST)} for one in pictured]
    place = {"columns": sheet.columns, "side": sheet.side}
    return data("try", {"classes": classes, "shape": shape, "weights": encoded, "examples": told, "sheet": place})


def _tile(one: Fields) -> Tile:
    cell = one.count("cell", drawn.MOST) if "cell" in one else None
    return Tile("", one.text("label"), one.text("prediction"), one.number("sure", 0, 1), cell)


def _desk(fields: Fields) -> str:
    keys = "arrow keys move the pen, Space puts it down and lifts it, Delete clears the paper."
    paper = f'<canvas class=paper tabindex=0 role=application aria-label="Paper to draw on. {keys}"></canvas>'
    tools = (
        "<label>Pen <input type=range class=pen min=1 max=9 step=1 value=2></label>"
        "<label class=colours hidden>Colour <input type=color class=colour></label>"
        "<label><input type=checkbox class=fill> fill closed outlines</label>"
        "<button type=button class=undo>Undo</button><button type=button class=clear>Clear</button>"
        '<label class=pick>Choose a picture<input type=file accept="image/*" class=file></label>'
    )
    seen = (
        "<figure><canvas class=seen role=img aria-label='what the model sees'></canvas>"
        "<figcaption>What the model sees, made like the pictures that it learned from.</figcaption>"
        "</figure>"
    )
    return (
        f"<div class=desk><div class=board>{paper}</div>"
        f"<div class=answer><p class=said></p><ol class=odds></ol>{seen}<p class=aloud aria-live=polite></p></div>"
        f"<div><div class=tools>{tools}</div>"
        f"<p class=quiet>Or drop a picture on the paper. With the keyboard: {keys}</p></div></div>"
    )


def _samples(pictured: Sequence[Fields], sheet: Sheet) -> str:
    if not pictured:
        return ""
    buttons = "".join(
        f'<li><button type=button data-at={at} aria-pressed=false aria-label="test picture {at + 1}">'
        f"{sheet.cell(one.count('cell', drawn.MOST))}</button></li>"
        for at, one in enumerate(pictured[:STILL])
    )
    return f"<p>Or ask it about a picture of the test. You can draw on it, too.</p><ul class=samples>{buttons}</ul>"


def _script() -> str:
    return "".join(resources.files(__package__).joinpath(name).read_text("utf-8") for name in SCRIPTS)
