"""Results on stdout, the story on stderr."""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from trainferry.errors import BadInput

FORMATS = ("json", "yaml", "name", "wide")
ESCAPES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def tell(line: str) -> None:
    """One line of the story; terminal escapes in it are shown, not executed."""
    complain("· " + line)


def complain(line: str) -> None:
    """The one line of an error, whatever bytes and escapes a file's name or a server's answer brought into it."""
    shown = ESCAPES.sub(lambda found: repr(found[0])[1:-1], line)
    print(shown.encode("utf-8", "backslashreplace").decode(), file=sys.stderr, flush=True)


def ask(question: str) -> bool:
    """Yes or no, from a person at a terminal; no where there is none."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"· {question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def put(text: str) -> None:
    """A line of the result."""
    print(text, flush=True)


def check_format(form: str | None) -> str:
    """The -o value. Raises BadInput for an unknown one."""
    if form and form not in FORMATS:
        raise BadInput(f"-o {form}: expected one of {', '.join(FORMATS)}")
    return form or ""


@dataclass(frozen=True)
class Table:
    """How a list of things looks to people: `cells` makes the texts of a row out of its plain values.

    `key` is the field that names a thing; `empty` is said when there is none.
    """

    columns: Sequence[str]
    key: str
    empty: str
    wide: Sequence[str] = ()
    cells: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict


def show(rows: Sequence[Mapping[str, Any]], form: str, look: Table) -> None:
    """A list of things: their plain values as JSON or YAML, their bare names, or a table."""
    if form in ("json", "yaml"):
        show_one({"items": [dict(row) for row in rows]}, form, "")
    elif form == "name":
        for row in rows:
            put(str(row[look.key]))
    elif rows:
        put(table([look.cells(row) for row in rows], [*look.columns, *(look.wide if form == "wide" else ())]))
    else:
        tell(look.empty)


def show_one(thing: Mapping[str, Any], form: str, name: str) -> None:
    """One thing as JSON, its name, or YAML (the form for people too)."""
    if form == "json":
        put(json.dumps(thing, indent=2, ensure_ascii=False))
    elif form == "name":
        put(name)
    else:
        put(yaml.safe_dump(dict(thing), sort_keys=False, allow_unicode=True).rstrip())


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """kubectl's look: capitals above, three spaces between."""
    cells = [[column.upper() for column in columns]]
    cells += [[ESCAPES.sub("?", str(row.get(column, ""))) or "-" for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    lines = ("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def size(count: float) -> str:
    """Bytes for people: 129.4 MiB."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1024
    return ""


def count(number: int, thing: str) -> str:
    """1 file, 60,000 files."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def age(since: float) -> str:
    """kubectl's ages: 45s, 6m, 3h, 12d."""
    seconds = max(0, int(time.time() - since))
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * length or (unit != "m" and seconds >= length):
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


class Bar:
    """A progress line on a terminal, nothing elsewhere."""

    def __init__(self, what: str) -> None:
        self.what, self.drawn = what, 0.0

    def __call__(self, progress: Any) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self.drawn < 0.1:
            return
        self.drawn = time.monotonic()
        share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 0
        blocks = "━" * int(28 * share)
        print(f"\r· {self.what:<10}{blocks:<28} {size(progress.done_bytes)}\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
