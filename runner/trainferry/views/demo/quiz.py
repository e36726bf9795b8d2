"""You against the model: the same pictures for both, one after the other, ten a round."""

import zlib
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Any

from trainferry.errors import BadInput
from trainferry.runs.predictions import Predictions, Row
from trainferry.views.demo import drawn
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part, data
from trainferry.views.pictures import Sheet
from trainferry.views.predictions.selection import sure
from trainferry.views.predictions.words import percent

MOST = 30  # pictures: three rounds
CHOICES = 10  # names to choose from

STYLE = """
.quiz [hidden] { display: none !important }
.quiz ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem 1.4rem;
  grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
.quiz .playing ol { display: block }
.quiz summary { cursor: pointer; min-height: 24px; color: var(--accent) }
.quiz .pic { --pic: 8rem; border-radius: 10px } .quiz .playing .pic { --pic: min(21rem, 100%); display: block }
.quiz .playing { display: grid; grid-template-columns: minmax(0, 21rem) minmax(0, 1fr); gap: 1.2rem 2rem }
.quiz .score { display: grid; grid-template-columns: max-content 1fr max-content; gap: .3rem .9rem; align-items: center;
  margin: 0 0 1.1rem; font-variant-numeric: tabular-nums }
.quiz .score b { font-weight: 650 }
.quiz .dots { display: flex; gap: .3rem; flex-wrap: wrap }
.quiz .dots i { width: .85rem; height: .85rem; border-radius: 50%; border: 2px solid var(--line) }
.quiz .dots .right { background: var(--accent); border-color: var(--accent) }
.quiz .dots .wrong { border-color: var(--quiet); 
  background: linear-gradient(45deg, transparent 42%, var(--quiet) 42% 58%, transparent 58%) }
.quiz .choices { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.2rem, 1fr)); gap: .5rem }
.quiz button { font: inherit; font-weight: 600; color: var(--accent); background: transparent; cursor: pointer;
  border: 2px solid var(--line); border-radius: 9px; padding: .45rem .6rem; min-width: 0; overflow-wrap: anywhere }
.quiz .choices button:not([aria-disabled=true]):hover { background: var(--well); border-color: var(--accent) }
.quiz .choices [aria-disabled=true] { cursor: default; color: var(--quiet) }
.quiz .choices .right { background: var(--accent); border-color: var(--accent); color: var(--on-accent) }
.quiz .choices .wrong { border-style: dashed; border-color: var(--quiet) }
.quiz .next { background: var(--accent); color: var(--on-accent); border-color: transparent; padding: .5rem 1.3rem;
  margin-top: .8rem }
.quiz .next:hover { background: var(--accent-hover) }
.quiz .verdict { min-height: 3.1rem; margin: 1rem 0 0 }
.quiz .verdict b { display: block; font-size: 1.25rem; font-weight: 680; letter-spacing: -.01em }
@media (max-width: 44rem) { .quiz .playing { grid-template-columns: minmax(0, 1fr) }
  .quiz .playing .pic { --pic: min(14rem, 100%); margin: 0 auto }
  .quiz .score { column-gap: .6rem } .quiz .dots { gap: .15rem } .quiz .dots i { width: .7rem; height: .7rem } }
"""


def rows(predictions: Predictions) -> list[Row]:
    """Labelled ones with a picture, the same every time: every second one is of those that the model was unsure of."""
    known = [row for row in predictions.labelled if row.image]
    mixed = sorted(known, key=lambda row: (zlib.crc32(row.id.encode()), row.id))
    hard = sorted(mixed, key=lambda row: sure(predictions, row))[: max(MOST, len(mixed) // 20)]
    hard.sort(key=lambda row: (zlib.crc32(row.id.encode()), row.id))
    pairs = zip(hard[:MOST], mixed[:MOST], strict=True)
    return list({row.id: row for pair in pairs for row in reversed(pair)}.values())[:MOST]


def values(predictions: Predictions, chosen: Sequence[Row], sheet: Sheet) -> dict[str, Any]:
    """`chosen`: of `rows`; only those whose picture is in `sheet` are asked about."""
    told = [
        {
            "label": row.label,
            "prediction": row.prediction,
            "sure": round(sure(predictions, row), 4),
            "choices": _choices(predictions, row),
            "cell": sheet.places[row.image],
        }
        for row in chosen
        if row.image in sheet.places
    ]
    return {"questions": told, "sheet": drawn.values(sheet)}


def _choices(predictions: Predictions, row: Row) -> list[str]:
    """The true name and those that the model found most probable, in the order of the classes."""
    shares = zip(row.probabilities, predictions.classes, strict=True)
    likely = [name for _, name in sorted(shares, key=lambda pair: -pair[0]) if name != row.label]
    return sorted([row.label, *likely[: CHOICES - 1]], key=predictions.place.__getitem__)


def render(fields: Fields) -> Part:
    questions, sheet = fields.rows("questions", MOST), drawn.sheet(fields.inner("sheet"))
    if not questions or not sheet.uri:
        return Part("")
    told = "<p class=quiet>What is it? Every second picture is one that the model was unsure about.</p>"
    asked = "".join(_question(at, one, sheet) for at, one in enumerate(questions))
    table = f"<div class=table><ol>{asked}</ol>{_board()}</div>"
    html = f"<section class=quiz>{told}{table}{data('quiz', [_plain(one) for one in questions])}</section>"
    return Part(html, STYLE + sheet.style, resources.files(__package__).joinpath("quiz.js").read_text("utf-8"))


def _plain(one: Fields) -> dict[str, Any]:
    """What the script needs, checked."""
    label, choices = one.text("label"), one.texts("choices", CHOICES)
    if label not in choices or len(set(choices)) != len(choices):
        raise BadInput(f"{one.where}.choices: expected different names, one of them the label")
    told = percent(one.number("sure", 0, 1), 0)
    return {"label": label, "prediction": one.text("prediction"), "sure": told, "choices": choices}


def _question(at: int, one: Fields, sheet: Sheet) -> str:
    label, prediction = escape(one.text("label")), escape(one.text("prediction"))
    said = f"{percent(one.number('sure', 0, 1), 0)} sure"
    told = f"It is <b>{label}</b>. The model said <b>{prediction}</b>, {said}."
    picture = sheet.cell(one.count("cell", drawn.MOST), f"picture {at + 1} of the test")
    return f"<li>{picture}<details><summary>What is it?</summary>{told}</details></li>"


def _board() -> str:
    score = "".join(
        f"<b>{who}</b><span class=dots data-who={name} aria-hidden=true></span>"
        f"<span class=points data-who={name}></span>"
        for who, name in (("You", "you"), ("Model", "model"))
    )
    return (
        f"<div class=board hidden><div class=score role=group aria-label=score>{score}</div>"
        '<div class=choices role=group aria-label="What is it?"></div>'
        "<p class=verdict aria-live=polite></p><button type=button class=next hidden>Next picture</button></div>"
    )
