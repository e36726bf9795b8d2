"""`ferry verify`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from trainferry.cli import connect, output
from trainferry.cli.options import Context, Namespace, Output, StoreUrl
from trainferry.errors import Corrupt

COLUMNS = ("file", "size", "crc32c", "sha256", "result")


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    parent.command()(verify)


def verify(
    target: Annotated[str, typer.Argument(metavar="RUN[:PATH]|DATASET[@VERSION]", help="A run, some of it, or data.")],
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Read every byte in the store and compare crc32c and sha256. Exit code 1 when something differs."""
    form = output.check_format(form)
    rows = list[dict[str, Any]]()
    for read in connect.ferry(namespace, context, store).verify(target):
        row = {**asdict(read), "file": read.path, "crc32c": f"{read.crc32c:08x}"}
        row["result"] = read.problem or f"ok ({read.compared})"
        rows.append(row)
        if form not in ("json", "yaml", "name"):
            cells = (read.path, output.size(read.size), row["crc32c"], read.sha256, row["result"])
            output.put("   ".join(output.ESCAPES.sub("?", cell) for cell in cells))
    if form in ("json", "yaml", "name"):
        output.show(rows, form, output.Table(COLUMNS, "file", ""))
    bad = [row["file"] for row in rows if row["problem"]]
    if bad:
        more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
        message = f"{target}: {output.count(len(bad), 'file')} of {len(rows)} differ from what was stored"
        raise Corrupt(f"{message}: {', '.join(bad[:5])}{more}")
    output.tell(f"{output.count(len(rows), 'file')} verified")
