"""A page that is one file: it asks no network, runs only the scripts it was made with, and works without them too."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from trainferry.gateway.look import STYLE

WIDE = "main { max-width: 68rem } .wide { overflow-x: auto }"


@dataclass(frozen=True)
class Part:
    """A piece of a page: markup that we made, with all that came from elsewhere escaped; its style; its script.

    The script runs once after the body, however many parts bring the same, and finds its elements by their classes
    and its values in the `data` elements of this page.
    """

    html: str
    style: str = ""
    script: str = ""


def page(title: str, parts: Sequence[Part], footer: str = "Made with trainferry.") -> str:
    """The whole document. `title` is text, `footer` HTML; wide content belongs into `<div class=wide>`."""
    scripts = once(part.script for part in parts)
    style = STYLE + WIDE + "".join(once(part.style for part in parts))
    return (
        '<!doctype html><html lang=en><head><meta charset=utf-8><meta http-equiv="Content-Security-Policy" '
        f'content="{policy(scripts)}"><meta name=viewport content="width=device-width,initial-scale=1">'
        f"<meta name=referrer content=no-referrer><title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main><div class=card>{''.join(part.html for part in parts)}</div><footer>{footer}</footer></main>"
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body></html>\n"
    )


def policy(scripts: Sequence[str]) -> str:
    """What the page may do: draw what is in it and run these scripts, nothing else."""
    allowed = " ".join(f"'sha256-{hash_of(script)}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def hash_of(script: str) -> str:
    """As a policy names it: base64 of the sha256."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def data(name: str, value: Any) -> str:
    """JSON in the page for a script: `JSON.parse(document.querySelector('[data-name=NAME]').textContent)`.

    A block of data is no script for the browser and its policy, and nothing in the JSON can end it.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" data-name="{escape(name)}">{text}</script>'


def once(texts: Iterable[str]) -> list[str]:
    """Without the empty and the repeated ones, in order."""
    return [text for text in dict.fromkeys(texts) if text]
