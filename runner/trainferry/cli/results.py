"""`ferry logs`, `tensorboard`: what comes back."""

import webbrowser
from typing import Annotated

import typer

from trainferry.cli import connect, follow, output
from trainferry.cli.options import Context, Namespace, RunName, StoreUrl


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    for command in (logs, tensorboard):
        parent.command()(command)


def logs(
    name: RunName = "",
    following: Annotated[bool, typer.Option("--follow", "-f", help="Until the run is finished.")] = False,
    attempt: Annotated[str, typer.Option("--attempt", metavar="N", help="Only this attempt, from the store.")] = "",
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """The command's own output, also after the pod is gone. Attempt after attempt, untouched."""
    ferry = connect.ferry(namespace, context, store)
    number = quantity(attempt, "--attempt") if attempt else None
    if following and number is None:
        follow.to_the_end(ferry, ferry.find(name))
    else:
        follow.stream(ferry.logs(name, attempt=number))


def tensorboard(
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="RUN", help="Full or short names; the latest run without.")
    ] = None,
    port: Annotated[
        str, typer.Option("--port", metavar="N", help="Another free one when it is taken; 0 means any.")
    ] = "6006",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """TensorBoard over the runs' event files as they grow. Ctrl-C ends it."""
    board = connect.ferry(namespace, context, store).tensorboard(runs or [], quantity(port, "--port"))
    output.tell(f"{output.count(len(runs or ['']), 'run')}; Ctrl-C ends it")
    output.put(board.url)
    if browser:
        webbrowser.open(board.url)
    try:
        board.wait()
    finally:
        board.close()


def quantity(text: str, where: str) -> int:
    """A whole number out of an option's text."""
    from trainferry.spec import quantities

    return quantities.count(text, where)
