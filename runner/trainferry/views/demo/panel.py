"""What a cell of a demo's notebook shows: values, which `ferry demo publish` draws anew with its own code."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from trainferry.views.demo import kinds
from trainferry.views.page import page

MIME = "application/vnd.trainferry.panel+json"
FRAME = "width:100%;height:30rem;border:0;border-radius:12px;resize:vertical;overflow:auto"


@dataclass(frozen=True)
class Panel:
    """A kind of `kinds.KINDS` and its values, which JSON can hold. Raises BadInput for values that do not fit."""

    kind: str
    data: Mapping[str, Any]

    def __post_init__(self) -> None:
        kinds.part(self.kind, self.data)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return not kinds.part(self.kind, self.data).html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """For Jupyter: a preview in a frame that nothing leaves, and the values."""
        part = kinds.part(self.kind, self.data)
        shown = escape(page(self.kind, [part], footer=""))
        frame = f'<iframe sandbox="allow-scripts" srcdoc="{shown}" style="{FRAME}" title="{self.kind}"></iframe>'
        told = {"kind": self.kind, "data": dict(self.data)}
        return {
            "text/html": frame if part.html else "<i>nothing to show</i>",
            MIME: told,
            "text/plain": f"panel {self.kind}",
        }
