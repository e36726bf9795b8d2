"""How to repeat it: the command, and what exactly it was trained with."""

import shlex
from html import escape
from typing import Any

from trainferry.runs.record import Record
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part

STYLE = ".repeat table { margin-top: 1rem } .repeat td code { font-size: .9em }"


def values(run: str, record: Record | None) -> dict[str, Any]:
    """Of the intent that was written down."""
    spec = record.spec if record else {}
    rows = [
        ("Program", shlex.join(spec.get("command", ()))),
        ("Code", _code(record, str(spec.get("code", "")))),
        *[("Data", _data(one)) for one in spec.get("data", ())],
        ("Image", str(spec.get("image", ""))),
    ]
    facts = [{"name": name, "value": value[:1000]} for name, value in rows if value]
    return {"commands": [f"ferry rerun {run}"], "facts": facts}


def _code(record: Record | None, digest: str) -> str:
    commit = f"commit {record.commit[:12]}" if record and record.commit else ""
    changed = f" and {record.dirty} changed file{'s' * (record.dirty > 1)}" if record and record.dirty else ""
    return ", ".join(filter(None, (commit + changed, f"snapshot {digest[:12]}" if digest else "")))


def _data(mount: Any) -> str:
    found = mount if isinstance(mount, dict) else {}
    version = str(found.get("version", ""))[:12]
    return f"{found.get('dataset', '')}@{version}" if version else str(found.get("dataset", ""))


def render(fields: Fields) -> Part:
    commands = "\n".join(escape(line) for line in fields.texts("commands", 20))
    facts = "".join(
        f"<tr><th scope=row>{escape(one.text('name'))}</th><td><code>{escape(one.text('value'))}</code></td></tr>"
        for one in fields.rows("facts", 50)
    )
    table = f"<table>{facts}</table>" if facts else ""
    return Part(
        "<section class=repeat><p>Whoever is in the team can train it again, from the same code and the same data:</p>"
        f"<pre class=command tabindex=0 aria-label=command>{commands}</pre>{table}</section>",
        STYLE,
    )
