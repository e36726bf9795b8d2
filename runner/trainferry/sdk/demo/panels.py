"""The panels of a run: each method is one cell of a demo's notebook."""

from collections.abc import Callable

from trainferry.sdk.demo.material import Material
from trainferry.sdk.kept import Found
from trainferry.sdk.names import short
from trainferry.views.demo import bars, before_after, mistakes, repeat, result, story
from trainferry.views.demo.panel import Panel
from trainferry.views.pictures import sheet


def material(found: Found) -> Material:
    """What the run left."""
    return Material(found.store, found.run)


class Panels:
    """What a run can show of itself. `find` gives the material of another run by its name.

    >>> Ferry().demo("base").result()
    """

    def __init__(self, material: Material, find: Callable[[str], Material]) -> None:
        self.material, self._find = material, find

    def result(self) -> Panel:
        """How many of a hundred pictures are right."""
        return Panel("result", result.values(self.material.predictions))

    def bars(self) -> Panel:
        """Class by class, the hardest first."""
        return Panel("bars", bars.values(self.material.predictions))

    def mistakes(self) -> Panel:
        """The most confident ones, with their pictures."""
        predictions = self.material.predictions
        rows = mistakes.rows(predictions)
        references = [row.image for row in rows if row.image]
        pictures = sheet(self.material.pictures(references), references)
        return Panel("mistakes", mistakes.values(predictions, rows, pictures))

    def before_after(self, other: str = "") -> Panel:
        """This run and the one that it was made from, or `other`, over the same pictures; empty when there is none."""
        pair = [self._find(other), self.material] if other else self.material.pair(self._find)
        if len(pair) < 2:
            return Panel("before_after", before_after.nothing())
        runs = (pair[0].run, pair[1].run)
        names = runs if short(runs[0]) == short(runs[1]) else (short(runs[0]), short(runs[1]))
        return Panel("before_after", before_after.values(names, pair[0].predictions, pair[1].predictions))

    def story(self) -> Panel:
        """The curve of the training, and its interruptions."""
        return Panel("story", story.values(self.material.lines, self.material.manifest.attempts))

    def repeat(self) -> Panel:
        """How to train it again."""
        return Panel("repeat", repeat.values(self.material.run, self.material.record))
