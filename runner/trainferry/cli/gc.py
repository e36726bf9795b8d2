"""`ferry gc`."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from trainferry.cli import connect, output
from trainferry.cli.options import Context, Namespace, Output, StoreUrl
from trainferry.errors import BadInput

WORDS = {
    "shards": "shards no version names",
    "parts": "parts of an upload that never ended",
    "code": "code no run names",
    "output": "objects its output.json does not name",
    "run": "a run that published nothing and has no Job",
    "share": "copies of a share that is over",
    "job": "a finished Job; its results stay",
}


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    parent.command()(gc)


def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List it; delete nothing.")] = False,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="TIME", help="Only what was written longer ago.")
    ] = "24h",
    jobs_older_than: Annotated[
        str, typer.Option("--jobs-older-than", metavar="TIME", help="Only Jobs that ended longer ago.")
    ] = "7d",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete what is listed without asking.")] = False,
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """List what nothing in the store names any more, then delete it. Runs, dataset versions and shares lose nothing."""
    from trainferry.spec import quantities

    form = output.check_format(form)
    age, jobs_age = (
        quantities.duration(older_than, "--older-than"),
        quantities.duration(jobs_older_than, "--jobs-older-than"),
    )
    ferry = connect.ferry(namespace, context, store)
    found = ferry.garbage(age, jobs_age)
    rows = [
        {"kind": one.kind, "name": one.name, "objects": len(one.objects), "size": one.size, "since": one.since}
        for one in found
    ]
    look = output.Table(("kind", "name", "objects", "size", "age", "what"), "name", "nothing to delete", cells=_cells)
    output.show(rows, form, look)
    if not found or dry_run:
        return
    what = f"{output.count(len(found), 'thing')}, {output.size(sum(one.size for one in found))}"
    if not yes and not _agreed(what):
        return
    gone = ferry.collect(found, age)
    jobs = f", {output.count(gone.jobs, 'Job')}" if gone.jobs else ""
    kept = f"; {output.count(gone.kept, 'object')} left, in use by now" if gone.kept else ""
    output.tell(f"deleted {output.count(gone.objects, 'object')}, {output.size(gone.size)}{jobs}{kept}")


def _agreed(what: str) -> bool:
    """Asks on a terminal. Raises BadInput where nobody is there to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadInput(f"gc: nothing was deleted ({what}), for nobody is here to say yes", "ferry gc --yes")
    return typer.confirm(f"delete {what}?", err=True)


def _cells(row: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {"size": output.size(row["size"]), "age": output.age(row["since"]), "what": WORDS[row["kind"]]}
    return {**row, **told, "objects": row["objects"] or ""}
