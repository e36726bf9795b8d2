"""`ferry data`: push, pull, ls, rm."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from trainferry.cli import connect, output
from trainferry.cli.options import Output, StoreUrl

app = typer.Typer(help="Datasets in the store.", no_args_is_help=True, rich_markup_mode=None)


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    parent.add_typer(app, name="data")


@app.command()
def push(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder to upload.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The folder's own name when left out.")] = "",
    store: StoreUrl = None,
) -> None:
    """Upload a folder as a dataset. What is there already does not travel again."""
    bar = output.Bar("uploading")
    pushed = connect.ferry(store=store).push(folder, name, bar)
    bar.end()
    if pushed.new_shards:
        sent = f"{output.count(pushed.new_shards, 'shard')}, {output.size(pushed.new_bytes)} sent"
        output.tell(f"{output.count(pushed.files, 'file')}, {output.size(pushed.size)}; {sent}")
    else:
        output.tell(f"{output.count(pushed.files, 'file')} unchanged")
    output.put(f"{pushed.name}@{pushed.version[:8]}")
    output.tell(f"  use it: ferry run --data {pushed.name} -- python train.py --data {{data}}")


@app.command()
def pull(
    dataset: Annotated[str, typer.Argument(metavar="NAME[@VERSION]")],
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="A new folder; named like the dataset when left out.")
    ] = "",
    store: StoreUrl = None,
) -> None:
    """Download a dataset. Every byte is verified before any is visible."""
    bar = output.Bar("fetching")
    target = Path(folder or dataset.partition("@")[0])
    pulled = connect.ferry(store=store).pull(dataset, target, bar)
    bar.end()
    output.tell(f"{output.count(pulled.files, 'file')}, {output.size(pulled.size)}, verified")
    output.put(str(target))


@app.command()
def ls(form: Output = None, store: StoreUrl = None) -> None:
    """List the datasets of the store."""
    show_datasets(form, store)


@app.command()
def rm(dataset: Annotated[str, typer.Argument(metavar="NAME[@VERSION]")], store: StoreUrl = None) -> None:
    """Remove a dataset, or one version of it."""
    connect.ferry(store=store).remove_dataset(dataset)
    output.put(f"{dataset} removed")


def show_datasets(form: str | None, store: str | None) -> None:
    """The table behind `data ls` and `get datasets`."""
    form = output.check_format(form)
    ferry = connect.ferry(store=store)
    rows = [{**asdict(d), "name": f"{d.name}@{d.version[:8]}", "dataset": d.name} for d in ferry.datasets()]
    empty = f"no datasets in {ferry.store.url}   ferry data push DIR"
    output.show(rows, form, output.Table(("name", "files", "size", "age"), "name", empty, ("version",), _cells))


def _cells(row: Mapping[str, Any]) -> Mapping[str, Any]:
    age = output.age(row["created"])
    return {**row, "files": f"{row['files']:,}", "size": output.size(row["size"]), "age": age}
