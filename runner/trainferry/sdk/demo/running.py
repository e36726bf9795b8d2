"""Running a notebook in a kernel of its own, in its folder, cell after cell; the first that fails ends it."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any

from trainferry.errors import FerryError, RunFailed
from trainferry.sdk.demo.notebook import source

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode


def run(notebook: "NotebookNode", folder: Path, environment: Mapping[str, str], timeout: int) -> None:
    """Fills in the outputs; `timeout` seconds a cell. Raises RunFailed with the cell and what it said."""
    from nbclient import NotebookClient  # installed with trainferry[demo] only
    from traitlets.config import Config

    at: list[int] = [0]
    with tempfile.TemporaryDirectory(prefix="ferry-demo-") as sockets, _signals_kept():
        private = {"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}  # nobody else listens in
        client = NotebookClient(
            notebook,
            timeout=timeout,
            resources={"metadata": {"path": str(folder)}},
            on_cell_execute=lambda cell, cell_index: at.__setitem__(0, cell_index),
            config=Config({"KernelManager": private}),
        )
        _executed(client, {**os.environ, **environment}, at)


def _executed(client: "NotebookClient", environment: Mapping[str, str], at: list[int]) -> None:
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    cells = client.nb.cells
    try:
        with _interruptible(client):
            client.execute(env=dict(environment), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    except CellTimeoutError as error:
        raise RunFailed(f"{_cell(cells, at)} ran longer than {client.timeout} s", "--timeout 1h") from error
    except CellExecutionError as error:
        raise RunFailed(f"{_cell(cells, at)} failed: {_said(error)}") from error
    except NoSuchKernel as error:
        name = client.kernel_name
        raise FerryError(f"no kernel {name!r} on this machine", "--as-is publishes the stored outputs") from error
    except DeadKernelError as error:
        raise RunFailed(f"{_cell(cells, at)} ended the kernel", "was it too little memory?") from error


def _cell(cells: list[Any], at: list[int]) -> str:
    line = source(cells[at[0]])
    return f"cell {at[0] + 1}" + (f" ({line})" if line else "")


def _said(error: Any) -> str:
    return f"{error.ename}: {' '.join(str(error.evalue).split())[:200]}"


@contextmanager
def _interruptible(client: "NotebookClient") -> Iterator[None]:
    """After Ctrl-C or SIGTERM nbclient ends the kernel, and stumbles over that in one way or another."""
    try:
        yield
    except Exception as error:
        if hasattr(client, "_async_cleanup_kernel_future"):
            raise KeyboardInterrupt from error
        raise


@contextmanager
def _signals_kept() -> Iterator[None]:
    """nbclient takes Ctrl-C and SIGTERM over and never gives them back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
