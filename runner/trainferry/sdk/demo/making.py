"""From a notebook's file to a demo's page."""

import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trainferry.errors import BadInput
from trainferry.sdk.demo import drawing, notebook, page, running
from trainferry.sdk.demo.page import Demo
from trainferry.sdk.demo.wish import DemoWish
from trainferry.spec import quantities

if TYPE_CHECKING:
    from nbformat import NotebookNode

NEEDED = ("nbclient", "nbconvert", "nh3", "ipykernel")


@dataclass(frozen=True)
class Draft:
    """A notebook that was read; `timeout` in seconds a cell."""

    path: Path
    book: "NotebookNode"
    timeout: int
    wish: DemoWish


def read(path: Path, wish: DemoWish) -> Draft:
    """Raises BadInput for what can be seen before anything is run."""
    timeout = quantities.duration(wish.timeout, "--timeout")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInput(f"demo publish needs {', '.join(missing)}", notebook.INSTALL)
    return Draft(path, notebook.read(path), timeout, wish)


def made(draft: Draft, source: str, environment: Mapping[str, str], story: Callable[[str], None]) -> Demo:
    """Run with this environment (unless it is taken as it is), drawn, cleaned. `source`: of what run, in words.

    Raises RunFailed for a cell that fails, BadInput for what looks like a secret and for a page that is too large.
    """
    path, book, wish = draft.path, draft.book, draft.wish
    if not wish.as_is:
        story(f"running {path.name}")
        running.run(book, path.absolute().parent, environment, draft.timeout)
    pieces = list(drawing.pieces(book, wish.code))
    if not wish.allow_secrets:
        page.check_leaks(pieces, path.name, os.environ)
    if lost := sum(piece.lost for piece in pieces):
        story(f"left out: {lost} pictures that are not in the notebook itself; a demo asks no network")
    return page.demo(notebook.title(book) or path.stem, pieces, source)
