"""`ferry notebook`: JupyterLab beside the data and the results of a run."""

import os
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trainferry.cli import connect, output
from trainferry.cli import options as o
from trainferry.cli.results import quantity
from trainferry.errors import Interrupted

if TYPE_CHECKING:
    from trainferry.sdk.notebooks.lab import Lab

Image = Annotated[
    str | None, typer.Option("--image", metavar="IMAGE", help="One with JupyterLab and trainferry in it.")
]
Idle = Annotated[str, typer.Option("--idle", metavar="TIME", help="It ends itself when nothing happened for so long.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Without what your last notebook of this run has left.")]
Local = Annotated[bool, typer.Option("--local", help="On this machine, although a cluster is configured.")]
Stop = Annotated[bool, typer.Option("--stop", help="End it now; what it saved is kept.")]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Return as soon as it is sent.")]
Port = Annotated[str, typer.Option("--port", metavar="N", help="Another free one when it is taken; 0 means any.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")]
REDIRECT = (
    '<!doctype html><meta charset="utf-8"><title>JupyterLab</title><meta http-equiv="refresh" content="0;url={}">'
)


def register(parent: typer.Typer) -> None:
    """Hang the command below `ferry`."""
    parent.command()(notebook)


def notebook(
    name: o.RunName = "",
    data: o.Data = None,
    image: Image = None,
    cpu: o.Cpu = None,
    memory: o.Memory = None,
    gpu: o.Gpu = None,
    gpu_type: o.GpuType = None,
    ephemeral_storage: o.Disk = None,
    idle: Idle = "1h",
    fresh: Fresh = False,
    local: Local = False,
    stop: Stop = False,
    detach: Detach = False,
    port: Port = "8888",
    browser: Browser = True,
    namespace: o.Namespace = None,
    context: o.Context = None,
    store: o.StoreUrl = None,
) -> None:
    """JupyterLab beside a run's data and results; `from trainferry import Ferry` sends runs from it.

    In the cluster it goes on without you, and the same line opens it again; its project folder is kept in the store.
    """
    ferry = connect.ferry(namespace, context, store)
    if stop:
        output.put(f"{ferry.stop_notebook(name)} stopped")
        return
    from trainferry.sdk.notebooks.wish import Wish

    typed = {"image": image, "cpu": cpu, "memory": memory, "gpu": gpu, "gpu_type": gpu_type}
    flags = {**typed, "ephemeral_storage": ephemeral_storage}
    wish = Wish(tuple(data or ()), idle, fresh, {key: value for key, value in flags.items() if value})
    number = quantity(port, "--port")
    if detach:
        sent = ferry.start_notebook(name, wish)
        output.tell(f"notebook  {sent.name}  {'submitted' if sent.created else 'is there already'}")
        output.put(sent.name)
        return
    _stay(ferry.notebook(name, wish, number, local), name, browser)


def _stay(lab: "Lab", name: str, browser: bool) -> None:
    """Until the notebook ends, or Ctrl-C lets it go."""
    again = f"ferry notebook {name}".rstrip()
    told = f"goes on without you; open it again: {again}   end it: {again} --stop"
    try:
        with _page(lab.url) as page:
            output.tell(f"notebook  {lab.name}  {told}" if lab.name else "Ctrl-C ends it")
            output.put(lab.url)
            if browser:
                webbrowser.open(page)
            output.tell(f"the notebook ended: {lab.wait()}")
    except KeyboardInterrupt as error:
        raise Interrupted(f"{lab.name} {told}" if lab.name else "the notebook ended") from error
    finally:
        lab.close()


@contextmanager
def _page(url: str) -> Iterator[str]:
    """A file of ours that leads to `url`: a browser's command line is for everybody to read, and the token is not."""
    handle, name = tempfile.mkstemp(".html", "ferry-notebook-")  # readable by nobody else
    with os.fdopen(handle, "w") as file:
        file.write(REDIRECT.format(url))
    try:
        yield Path(name).as_uri()
    finally:
        Path(name).unlink(missing_ok=True)
