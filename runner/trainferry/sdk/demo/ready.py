"""The notebook that is ready for a run: what the run has something for, a panel a cell."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
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

EMPTY = {
    "before_after": "no run with predictions was made from this one, nor this one from another",
    "story": "no metrics.jsonl with an accuracy",
    "mistakes": "it made none",
}


def notebook(panels: Panels, name: str, story: Callable[[str], None]) -> str:
    """The file's text; the story hears what the run left nothing for."""
    cells = [_markdown(f"# What {name} has learned"), _code(START.format(run=panels.material.run))]
    missing: dict[str, list[str]] = {}
    for method, heading in CELLS.items():
        if why := _lacks(panels, method):
            missing.setdefault(why, []).append(method)
        else:
            cells += [*([_markdown(heading)] if heading else []), _code(f"demo.{method}()")]
    for why, methods in missing.items():
        story(f"left out: {', '.join(methods)} ({why})")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    told = {"cells": _numbered(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _lacks(panels: Panels, method: str) -> str:
    """What the panel would need that the run did not leave; "" when there is something to show."""
    try:
        found: Panel = getattr(panels, method)()
    except Missing as error:
        return error.message
    return EMPTY.get(method, "nothing to show") if found.empty else ""


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
