"""`ferry demo`: a notebook becomes one page that a link opens, or a file."""

from typing import Annotated

import typer

from trainferry.cli import connect, output, share
from trainferry.cli.options import Context, Namespace, Output, RunName, StoreUrl

app = typer.Typer(name="demo", no_args_is_help=True, rich_markup_mode=None)

Notebook = Annotated[str, typer.Argument(metavar="NOTEBOOK", help="A Jupyter notebook, for example demo.ipynb.")]
Run = Annotated[str, typer.Option("--run", metavar="RUN", help="FERRY_RUN for the notebook: which run it shows.")]


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry demo`."""
    parent.add_typer(app)


@app.callback()
def _demo() -> None:
    """A page that a non-engineer enjoys, made of a notebook."""


@app.command()
def new(
    run: RunName = "",
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where the notebook is written.")] = "demo.ipynb",
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Write a notebook that is ready for a run: result, try it yourself, mistakes, how it was trained."""
    made = connect.ferry(namespace, context, store).new_demo(run, out)
    output.put(str(made))
    output.tell(f"change it as you like. next: ferry demo publish {made}")


@app.command()
def publish(
    notebook: Notebook,
    run: Run = "",
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Write the page there, publish nothing.")] = "",
    expires: Annotated[str, typer.Option("--expires", metavar="TIME", help="7d at most.")] = "7d",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The same name keeps the link.")] = "",
    code: Annotated[bool, typer.Option("--code", help="Show the source code too.")] = False,
    as_is: Annotated[bool, typer.Option("--as-is", help="Run nothing: the outputs that are stored in it.")] = False,
    timeout: Annotated[str, typer.Option("--timeout", metavar="TIME", help="How long a cell may run.")] = "10m",
    allow_secrets: Annotated[
        bool, typer.Option("--allow-secrets", help="Publish what looks like a password or a key.")
    ] = False,
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Run a notebook, clean it, and publish it as one page: prints its link."""
    from trainferry.sdk.demo.wish import DemoWish

    form = output.check_format(form)
    ferry = connect.ferry(namespace, context, store)
    wish = DemoWish(expires, name, code, as_is, timeout, allow_secrets)
    if out:
        page = ferry.write_demo(notebook, out, run, wish)
        output.put(str(page))
        output.tell(f"one page, {output.size(page.stat().st_size)}, works offline, from a mail too")
        return
    share.show(ferry.publish_demo(notebook, run, wish), form)
