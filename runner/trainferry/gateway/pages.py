"""The page of a share: one file without scripts, fonts or pictures of its own; nothing in it is not escaped."""

import re
import shlex
import time
from collections.abc import Callable, Sequence
from html import escape
from pathlib import PurePosixPath

from trainferry.gateway.cards import Card
from trainferry.gateway.look import POLICY, STYLE
from trainferry.share.record import SharedFile, ShareRecord

Address = Callable[[SharedFile], str]

PICKLE = (
    "It is a pickle. Load it only if you trust whoever sent you this link, and in torch with "
    "<code>weights_only=True</code>."
)
CLOSED = (
    "<h1>This link opens nothing</h1><p class=quiet>It may have expired or been taken back, or a part of it was lost "
    "on the way. Ask whoever sent it for a new one.</p>"
)


def share_page(record: ShareRecord, address: Address, command: str, cards: Sequence[Card], now: float | None) -> str:
    """`address`: where a file is downloaded; `command`: what fetches the share on a terminal, "" when nothing does.

    `now`: None for a page that is kept.
    """
    parts = [
        f"<h1>{text(record.name)}</h1>",
        _facts(record, now),
        _warning([file for file in record.files if file.pickle]),
        _main_button(record.main, address) if record.main else "",
        f"<h2>{'Files' if len(record.files) > 1 else 'File'}</h2><ul class=files>",
        *(_row(file, address, bare=file == record.main) for file in record.files),
        "</ul>",
        *(_card(card) for card in cards),
        _terminal(command) if command else "",
    ]
    footer = f"Shared{' by ' + text(record.by) if record.by else ''} with trainferry."
    return document(record.name, "".join(parts), footer)


def closed_page() -> str:
    """The one page of every link that opens nothing, for whatever reason."""
    return document("Nothing here", CLOSED, "trainferry")


def document(title: str, body: str, footer: str) -> str:
    """`body` and `footer` are HTML, `title` is text."""
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name=viewport content="width=device-width,initial-scale=1"><meta name=robots content="noindex,nofollow">'
        f"<meta name=referrer content=no-referrer><title>{text(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><div class=card>{body}</div><footer>{footer}</footer></main></body></html>\n"
    )


def text(words: str) -> str:
    """Words as HTML text; what would not be seen, or would turn the line around, is shown as a sign of its own."""
    return escape(
        "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in words)
    )


def curl(address: str, record: ShareRecord) -> str:
    """What fetches the share from `address`, its link: a file has its name, several are asked for one by one."""
    link = shlex.quote(address)
    if record.main:
        return f"curl -fL -o {shlex.quote(saved_as(record.main))} {link}"
    return f"curl -fsSL {link} | xargs -n 1 curl -fLOJ"


def saved_as(file: SharedFile) -> str:
    """The name of the file at whoever takes it: printable, no folder, no option."""
    name = "".join(char if char.isprintable() else "_" for char in PurePosixPath(file.path).name)
    return "_" + name[1:] if name.startswith(("-", ".")) else name


def amount(size: int) -> str:
    """Bytes for people: 4.1 MB."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{size:,} bytes" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return ""


def _terminal(command: str) -> str:
    return f"<h2>On a terminal</h2><pre class=command tabindex=0 aria-label='command'>{text(command)}</pre>"


def _facts(record: ShareRecord, now: float | None) -> str:
    until = time.strftime("%a %d %b %Y, %H:%M UTC", time.gmtime(record.expires))
    facts = [f"From <b>{_name(record.source)}</b> · <b>{amount(record.size)}</b>"]
    left = "" if now is None else f" ({_left(record.expires - now)} left)"
    facts.append(f"Open until <b>{until}</b>{left}")
    return "<ul class=facts>" + "".join(f"<li>{fact}</li>" for fact in facts) + "</ul>"


def _left(seconds: float) -> str:
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        number = round(seconds / length)
        if seconds >= 0.95 * length:
            return f"{number} {unit}{'s' * (number != 1)}"
    return "less than a minute"


def _warning(pickles: Sequence[SharedFile]) -> str:
    if not pickles:
        return ""
    more = f" (and {len(pickles) - 1} more)" if len(pickles) > 1 else ""
    start = f"<strong>Loading {text(saved_as(pickles[0]))}{more} can run code.</strong>"
    return f"<p class=warning role=note>{start} {PICKLE}</p>"


def _main_button(file: SharedFile, address: Address) -> str:
    words = f"<span aria-hidden=true>↓</span> Download {text(saved_as(file))}"
    return f'<a class="button big" {_href(file, address)}>{words}</a>'


def _row(file: SharedFile, address: Address, bare: bool) -> str:
    """`bare`: its button stands above."""
    button = "" if bare else f'<a class="button small" {_href(file, address)}>Download</a>'
    folder, slash, name = file.path.rpartition("/")
    shown = f"<span class=quiet>{_name(folder + slash)}</span><b>{_name(name)}</b>"
    size = f"<span class=size>{amount(file.size)}</span>"
    return (
        f"<li><span>{shown} {size}</span>{button}"
        f"<span class=told>sha256 <code class=hash>{file.sha256}</code></span></li>"
    )


def _name(words: str) -> str:
    """A path that may be broken where its parts begin."""
    return re.sub(r"([/_:-])", r"\1<wbr>", text(words))


def _href(file: SharedFile, address: Address) -> str:
    label = f"Download {saved_as(file)}, {amount(file.size)}"
    return f'href="{escape(address(file))}" rel="nofollow noreferrer" aria-label="{text(label)}"'


def _card(card: Card) -> str:
    heading = f"<h2>{text(card.title)}</h2>"
    if card.rows:
        rows = "".join(f"<tr><th scope=row>{text(key)}</th><td>{text(value)}</td></tr>" for key, value in card.rows)
        return f"{heading}<table>{rows}</table>"
    return f"{heading}<pre>{text(card.text)}</pre>"
