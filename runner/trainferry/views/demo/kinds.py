"""The kinds of panels there are, and who draws them."""

from collections.abc import Callable, Mapping
from typing import Any

from trainferry.errors import BadInput
from trainferry.views.demo import bars, before_after, mistakes, quiz, repeat, result, story, try_it
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part

Render = Callable[[Fields], Part]

KINDS: dict[str, Render] = {
    "result": result.render,
    "bars": bars.render,
    "mistakes": mistakes.render,
    "before_after": before_after.render,
    "story": story.render,
    "repeat": repeat.render,
    "try_it": try_it.render,
    "quiz": quiz.render,
}


def part(kind: str, data: Mapping[str, Any]) -> Part:
    """The panel as a piece of a page. Raises BadInput for an unknown kind and for values that do not fit."""
    if kind not in KINDS:
        raise BadInput(f"no panel of the kind {kind[:40]!r}; there are {', '.join(KINDS)}")
    return KINDS[kind](Fields(kind, data))
