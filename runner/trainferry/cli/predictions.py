"""`ferry predictions`."""

import os
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from trainferry.cli import connect, output
from trainferry.cli.options import Context, Namespace, RunName, StoreUrl
from trainferry.errors import BadInput


def register(parent: typer.Typer) -> None:
    """Hang the command below `ferry`."""
    parent.command()(predictions)


def predictions(
    name: RunName = "",
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    file: Annotated[
        str, typer.Option("--file", metavar="CSV", help="Another table: a file here, or a path in the run's output.")
    ] = "",
    columns: Annotated[
        str,
        typer.Option(
            "--columns", metavar="WHICH", help="Its columns: id=...,label=...,prediction=...,image=...,classes=p_*."
        ),
    ] = "",
    validation: Annotated[bool, typer.Option("--validation", help="The validation images, not the test ones.")] = False,
    target: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The page's file; json or yaml prints the numbers.")
    ] = "",
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Which classes fail, what they are taken for, and the pictures: one page, made of the run's predictions.csv.

    Any trainer may write that file: a line for each image, with the columns id, label, prediction, perhaps image, then
    a probability for each class. `image` is a path in the run's output or its first dataset, #xywh=X,Y,W,H points into
    a sheet of many.
    """
    _check(target)
    found = connect.ferry(namespace, context, store).predictions(name, file, columns, validation)
    output.tell(found.summary)
    if target in ("json", "yaml"):
        output.show_one(found.numbers(), target, "")
        return
    path = Path(target or found.file_name).expanduser()
    write(path, found.page())
    output.put(str(path))
    if browser:
        webbrowser.open(path.absolute().as_uri())


def _check(target: str) -> None:
    if target and target not in ("json", "yaml") and not target.endswith(".html"):
        raise BadInput(f"-o {target}: expected json, yaml or a file, for example -o predictions.html")


def write(path: Path, page: str) -> None:
    """A page becomes a file, whole or not at all."""
    from trainferry.store import os_errors

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(page, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise os_errors.translate(OSError(error.errno, error.strerror), path) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
