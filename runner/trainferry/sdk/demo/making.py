"""From a notebook's file to a demo's page."""

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from trainferry.errors import BadInput
from trainferry.sdk.demo import drawing, notebook, page, running
from trainferry.sdk.demo.page import Demo
from trainferry.sdk.demo.wish import DemoWish
from trainferry.spec import quantities

NEEDED = ("nbclient", "nbconvert", "nh3", "ipykernel")


def made(path: Path, source: str, environment: Mapping[str, str], wish: DemoWish, story: Callable[[str], None]) -> Demo:
    """Run with this environment (unless it is taken as it is), drawn, cleaned. `source`: of what run, in words.

    Raises RunFailed for a cell that fails, BadInput for what looks like a secret and for a page that is too large.
    """
    timeout = quantities.duration(wish.timeout, "--timeout")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInput(f"demo publish needs {', '.join(missing)}", notebook.INSTALL)
    book = notebook.read(path)
    if not wish.as_is:
        story(f"running {path.name}")
        running.run(book, path.absolute().parent, environment, timeout)
    pieces = list(drawing.pieces(book, wish.code))
    if not wish.allow_secrets:
        page.check_leaks(pieces, path.name, os.environ)
    if lost := sum(piece.lost for piece in pieces):
        story(f"left out: {lost} pictures that are not in the notebook itself; a demo asks no network")
    return page.demo(notebook.title(book) or path.stem, pieces, source)
