"""The one file that a demo is."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from trainferry.errors import BadInput
from trainferry.sdk.demo import leaks
from trainferry.sdk.demo.drawing import Piece
from trainferry.views.page import Part, hash_of, once, page

LARGEST = 2_000_000  # bytes: what a mail attachment or a phone takes without asking

STYLE = """
.demo > * { margin: 0 0 1.4rem } .demo > section { margin: 0 0 2.2rem }
.demo > :last-child { margin-bottom: 0 }
.demo h1 { margin-bottom: .6rem } .demo h2 { font-size: 1.25rem; letter-spacing: -.01em; margin: 2.6rem 0 .4rem }
.demo h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem }
.cell-text p, .cell-text li { max-width: 44rem }
.cell-text a { color: var(--accent) }
.cell-text blockquote { margin: .8rem 0; padding: .1rem 1rem; border-left: 3px solid var(--line); color: var(--quiet) }
.cell-text code { background: var(--well); border-radius: 5px; padding: .1em .35em; font-size: .92em }
.cell-text pre code { background: none; padding: 0 }
.cell-output { overflow-x: auto }
.demo .cell-output table, .demo .cell-text table { width: auto; display: block; overflow-x: auto }
.demo .cell-output th, .demo .cell-output td, .demo .cell-text th, .demo .cell-text td { width: auto;
  padding: .3rem .8rem .3rem 0 }
.cell-output img, .cell-text img { max-width: 100%; height: auto; border-radius: 8px; background: #fff }
.cell-code .k, .cell-code .kn, .cell-code .kc, .cell-code .ow { color: var(--accent) }
.cell-code .c1, .cell-code .c { color: var(--quiet) }
"""


@dataclass(frozen=True)
class Demo:
    """The page's bytes, and the sha256 (base64) of the scripts that it runs."""

    html: bytes
    scripts: tuple[str, ...]


def demo(title: str, pieces: Sequence[Piece], source: str) -> Demo:
    """`source`: of what run and when, in words. Raises BadInput for a page that is too large."""
    own = "".join(piece.part.html for piece in pieces)
    heading = "" if "<h1" in own else f"<h1>{escape(title)}</h1>"
    parts = [Part(f"<div class=demo>{heading}{own}</div>", STYLE)]
    parts += [Part("", piece.part.style, piece.part.script) for piece in pieces]
    day = time.strftime("%d %b %Y", time.gmtime()).lstrip("0")
    about = f"{escape(source)} · " if source else ""
    footer = f"{about}made with trainferry on {day}. Nothing you do here leaves this page."
    html = page(title, parts, footer).encode()
    if len(html) > LARGEST:
        raise BadInput(f"the page has {len(html) / 1e6:.1f} MB, a demo at most 2 MB", _largest(pieces))
    return Demo(html, tuple(hash_of(script) for script in once(part.script for part in parts)))


def check_leaks(pieces: Sequence[Piece], where: str, environment: Mapping[str, str]) -> None:
    """Raises BadInput for the first piece that shows what looks like a secret, without showing it."""
    for piece in pieces:
        for kind in leaks.leaks(piece.part.html, environment):
            message = f"{where}: cell {piece.cell} shows {kind}; nothing was published"
            raise BadInput(message, "take it out, or --allow-secrets when it is none")


def _largest(pieces: Sequence[Piece]) -> str:
    most = sorted(pieces, key=lambda piece: -len(piece.part.html))[:3]
    told = [f"cell {piece.cell} ({piece.what}) {len(piece.part.html) / 1e6:.1f} MB" for piece in most]
    return f"the largest: {', '.join(told)}"
