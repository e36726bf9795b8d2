"""`ferry cp`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from trainferry.cli import connect, output
from trainferry.cli.options import Context, Namespace, Output, StoreUrl
from trainferry.errors import BadInput

if TYPE_CHECKING:
    from trainferry.sdk.copying import Copied

FEW = 20  # files that are told one by one


def register(parent: typer.Typer) -> None:
    """Hang the command below `ferry`."""
    parent.command()(cp)


def cp(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="RUN:PATH, RUN:best, RUN:last, DATASET[@VERSION]:PATH, a gs://, volume:// or file:// URL, share:ID, "
            "a path here, or -.",
        ),
    ] = None,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="The same, but for a share. The current folder when left out.")
    ] = "",
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Folders are copied with it or without.")
    ] = False,
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Copy files between this machine, runs, datasets and stores, verified.

    PATH is a file, a folder or a glob in quotes; `RUN:.` is all. One file goes into a folder under its own name,
    several keep their paths: below the output, the dataset, the folder that was named.
    Every file is checked against size and crc32c before it gets its name, in place of one that is there.
    A copy that was interrupted goes on when the same command is typed again; until then a part of a large file lies
    beside its place, as .ferry-NAME.part.

    To RUN:PATH adds to the output of a run that is not under way. To DATASET:PATH makes a new version, the newest with
    these files. To a URL writes objects; between places of one store nothing travels. - is stdin (to a URL) or stdout
    (of one file). A path of this machine that looks like RUN:PATH is typed as ./RUN:PATH.
    """
    form = output.check_format(form)
    if not target:
        raise BadInput("cp: what to copy is missing", "ferry cp RUN:best .")
    *typed, target = [*(sources or []), target] if sources else [target, "."]
    bar = output.Bar("copying")
    try:
        copied = connect.ferry(namespace, context, store).copy(typed, target, bar)
    finally:
        bar.end()
    _show(copied, target, form)


def _show(copied: "Sequence[Copied]", target: str, form: str) -> None:
    """Few files one by one, and the sum; to stdout goes nothing when that is where the file went."""
    total = f"{output.count(len(copied), 'file')}, {output.size(sum(one.size for one in copied))}, verified"
    if target == "-":
        output.tell(total)
    elif form:
        rows = [{**asdict(one), "crc32c": f"{one.crc32c:08x}"} for one in copied]
        output.show(rows, form, output.Table(("source", "target", "size", "crc32c"), "target", ""))
    elif len(copied) > FEW:
        output.put(total)
    else:
        for one in copied:
            output.put(f"{one.target}   {output.size(one.size)}   crc32c {one.crc32c:08x}   verified")
        if len(copied) > 1:
            output.tell(total)
