"""From a notebook's cells to the pieces of a page. Markup is cleaned; panels are drawn by our own code."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from trainferry.errors import BadInput
from trainferry.sdk.demo.clean import cleaned
from trainferry.views.demo import kinds
from trainferry.views.demo.panel import MIME
from trainferry.views.page import Part

if TYPE_CHECKING:
    from nbformat import NotebookNode

HIDDEN = {"hide", "hide-cell", "remove-cell", "remove_cell"}  # tags of cells that stay out of the page


@dataclass(frozen=True)
class Piece:
    """What cell number `cell` (from 1) shows; `lost` counts pictures that are not in the notebook."""

    cell: int
    what: str
    part: Part
    lost: int = 0


def pieces(notebook: "NotebookNode", code: bool) -> Iterator[Piece]:
    """In order; source code only with `code`. Raises BadInput with the cell that cannot be drawn."""
    drawer = _Drawer(notebook.metadata)
    for number, cell in enumerate(notebook.cells, 1):
        if HIDDEN & set(cell.metadata.get("tags", ())):
            continue
        try:
            yield from (piece for piece in _of_cell(drawer, number, cell, code) if piece.part.html.strip())
        except BadInput as error:
            raise BadInput(f"cell {number}: {error.message}", error.hint) from error
        except Exception as error:  # whatever a hostile notebook makes its readers raise
            raise BadInput(f"cell {number} cannot be drawn: {type(error).__name__}") from error


def _of_cell(drawer: "_Drawer", number: int, cell: Any, code: bool) -> Iterator[Piece]:
    if cell.cell_type == "markdown":
        yield drawer.text(number, cell)
    if cell.cell_type != "code":
        return  # raw cells are for other formats than pages
    if code and cell.source.strip():
        yield drawer.source(number, cell)
    for output in cell.outputs:
        if MIME in output.get("data", {}):
            told = output.data[MIME]
            kind, data = str(told.get("kind")), told.get("data", {})
            yield Piece(number, f"panel {kind}", kinds.part(kind, data))
        elif output.get("name") != "stderr":
            yield drawer.output(number, output)


class _Drawer:
    """nbconvert's basic template, a cell at a time."""

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata

    @cached_property
    def _exporter(self) -> Any:
        from nbconvert import HTMLExporter  # installed with trainferry[demo] only

        quiet = logging.Logger("nbconvert", logging.CRITICAL)
        return HTMLExporter(  # type: ignore[no-untyped-call]
            template_name="basic",
            exclude_input_prompt=True,
            exclude_output_prompt=True,
            log=quiet,
            exclude_anchor_links=True,
        )

    def text(self, number: int, cell: Any) -> Piece:
        return self._piece(number, "text", "cell-text", cell)

    def source(self, number: int, cell: Any) -> Piece:
        return self._piece(number, "code", "cell-code", {**cell, "outputs": []})

    def output(self, number: int, output: Any) -> Piece:
        cell: dict[str, Any] = {
            "cell_type": "code",
            "source": "",
            "outputs": [output],
            "metadata": {},
            "execution_count": None,
        }
        return self._piece(number, f"output {_kind(output)}".rstrip(), "cell-output", cell)

    def _piece(self, number: int, what: str, name: str, cell: Any) -> Piece:
        from nbformat import from_dict

        alone = {"cells": [{**cell, "id": "alone"}], "metadata": self._metadata, "nbformat": 4, "nbformat_minor": 5}
        self._exporter.exclude_input = name == "cell-output"
        html, lost = cleaned(self._exporter.from_notebook_node(from_dict(alone))[0])  # type: ignore[no-untyped-call]
        return Piece(number, what, Part(f"<div class={name}>{html}</div>" if _says(html) else ""), lost)


def _kind(output: Any) -> str:
    """What of the output is drawn."""
    return ", ".join(sorted(output.get("data", {})))[:60] or str(output.get("name", ""))


def _says(html: str) -> bool:
    """Whether anything is to be seen in it."""
    return "<img" in html or "<hr" in html or bool(re.sub(r"<[^>]*>|\s", "", html))
