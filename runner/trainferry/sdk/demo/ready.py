"""The notebook that is ready for a run: what the run has something for, a panel a cell."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trainferry.errors import Missing
from trainferry.sdk.demo.panels import Panels
from trainferry.views.demo.panel import Panel

START = """import os

from trainferry import Ferry

demo = Ferry().demo(os.environ.get("FERRY_RUN") or {run!r})"""

# method of Panels -> the text above it
CELLS: Mapping[str, str] = {
    "result": "",
    "try_it": "## Try it\n\nDraw something, or choose a picture. The model answers here, in your browser.",
    "quiz": "## You against the model\n\nThe same pictures for both of you. Who is better?",
    "bars": "## What it finds easy, and what hard",
    "mistakes": "## Where it was sure, and wrong",
    "before_after": "## The second try",
    "story": "## How it was trained",
    "repeat": "## How to repeat it",
}


def notebook(panels: Panels, name: str) -> str:
    """The file's text."""
    cells = [_markdown(f"# What {name} has learned"), _code(START.format(run=panels.material.run))]
    for method, heading in CELLS.items():
        if _has_something(panels, method):
            cells += [*([_markdown(heading)] if heading else []), _code(f"demo.{method}()")]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    told = {"cells": _numbered(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _has_something(panels: Panels, method: str) -> bool:
    """Whether the run left what the panel shows."""
    draw = getattr(panels, method, None)
    if draw is None:
        return False
    try:
        found: Panel = draw()
    except Missing:
        return False
    return not found.empty


def _numbered(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)]


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": list(_lines(text))}


def _code(text: str) -> dict[str, Any]:
    source = list(_lines(text))
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def _lines(text: str) -> Iterator[str]:
    """As Jupyter keeps them, so that a diff of two notebooks can be read."""
    return iter(text.splitlines(keepends=True))
