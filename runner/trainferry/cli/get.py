"""`ferry get`, `describe`, `wait`, `delete`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from trainferry.cli import connect, data, output
from trainferry.cli.options import Context, Namespace, OneRun, Output, RunName, StoreUrl
from trainferry.errors import RunFailed

app = typer.Typer(help="List runs, datasets, checkpoints and shares.", no_args_is_help=True, rich_markup_mode=None)

Selector = Annotated[str, typer.Option("--selector", "-l", metavar="K=V", help="Only runs with these labels.")]
AllNamespaces = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Of every namespace that you may list.")]
OnlyRun = Annotated[str, typer.Argument(metavar="RUN", help="Only this one; all without it.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Follow one run, one line a change.")]


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    parent.add_typer(app, name="get")
    parent.command()(describe)
    parent.command()(wait)
    parent.command()(delete)


@app.command()
def runs(
    name: OnlyRun = "",
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    selector: Selector = "",
    all_namespaces: AllNamespaces = False,
    watch: Watch = False,
) -> None:
    """The runs of this namespace, oldest first."""
    form = output.check_format(form)
    ferry = connect.ferry(namespace, context)
    if watch:
        run = ferry.find(name)
        for status in ferry.watch(run):
            output.put(f"{run}   {status.phase}   {status.detail or status.reason}".rstrip())
        return
    rows = ferry.runs(selector, all_namespaces)
    if name:
        found = ferry.find(name)
        rows = [row for row in rows if row.run == found]
    first = ("namespace",) if all_namespaces else ()
    columns = (*first, "name", "status", "gpu", "age", "attempts", "last")
    last = ferry.progress(rows)
    look = output.Table(columns, "name", "no runs   ferry run -- COMMAND", ("from", "node", "store"), _run_cells)
    told = [{"name": row.run, **asdict(row), "last": last.get(row.run, "")} for row in rows]
    if form == "wide":
        origins = ferry.origins(rows)
        told = [{**row, "from": origins.get(row["name"], "")} for row in told]
    output.show(told, form, look)


@app.command()
def datasets(form: Output = None, store: StoreUrl = None) -> None:
    """The datasets of the store."""
    data.show_datasets(form, store)


@app.command()
def checkpoints(
    name: RunName = "",
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """What a run has published of its checkpoints, oldest first. VERIFIED: what the store says of each now.

    crc32c: its own checksum of every byte is the published one; `ferry verify RUN` reads the bytes.
    """
    form = output.check_format(form)
    ferry = connect.ferry(namespace, context, store)
    rows = [{**asdict(found), "crc32c": _hex(found.crc32c)} for found in ferry.checkpoints(name)]
    columns = ("step", "file", "size", "metric", "age", "verified")
    output.show(rows, form, output.Table(columns, "path", "no checkpoints yet", cells=_checkpoint_cells))


def describe(name: RunName = "", form: Output = None, namespace: Namespace = None, context: Context = None) -> None:
    """All about one run: what was asked, happened, is kept."""
    told = connect.ferry(namespace, context).describe(name)
    output.show_one(told, output.check_format(form), told["run"])


def wait(name: RunName = "", namespace: Namespace = None, context: Context = None) -> None:
    """Wait until a run is finished. Exit code 1 unless it succeeded."""
    ferry = connect.ferry(namespace, context)
    run = ferry.find(name)
    outcome = ferry.wait(run)
    if not outcome.succeeded:
        raise RunFailed(f"{run} failed: {outcome.reason}", f"ferry logs {run}")
    output.put(f"{run} succeeded")


def delete(
    name: OneRun,
    purge: Annotated[bool, typer.Option("--purge", help="Delete what the store holds of it too.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when everything is gone.")] = False,
    namespace: Namespace = None,
    context: Context = None,
) -> None:
    """Stop and remove a run; its results stay in the store."""
    run = connect.ferry(namespace, context).delete(name, purge, wait)
    output.put(f"{run} deleted" + (" with its results" if purge else ""))


def _run_cells(row: Mapping[str, Any]) -> Mapping[str, Any]:
    gpu = f"{row['gpu']} {row['gpu_type']}".strip() if row["gpu"] else ""
    return {**row, "gpu": gpu, "age": output.age(row["created"])}


def _checkpoint_cells(row: Mapping[str, Any]) -> Mapping[str, Any]:
    step = "" if row["step"] is None else row["step"]
    folder = "/" * (row["crc32c"] is None)
    told = {"size": output.size(row["size"]), "age": output.age(row["time"])}
    return {**row, **told, "step": step, "file": row["path"] + folder}


def _hex(crc32c: int | None) -> str | None:
    return None if crc32c is None else f"{crc32c:08x}"
