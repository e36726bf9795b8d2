"""The panels of a run: each method is one cell of a demo's notebook."""

from trainferry.sdk.demo.material import Material
from trainferry.views.demo import result
from trainferry.views.demo.panel import Panel


class Panels:
    """What a run can show of itself.

    >>> Ferry().demo("base").result()
    """

    def __init__(self, material: Material) -> None:
        self.material = material

    def result(self) -> Panel:
        """How many of a hundred pictures are right."""
        return Panel("result", result.values(self.material.predictions))
