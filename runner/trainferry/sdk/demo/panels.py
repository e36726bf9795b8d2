"""The panels of a run: each method is one cell of a demo's notebook."""

from collections.abc import Callable, Sequence

from trainferry.errors import BadInput, Missing
from trainferry.runs import recipe
from trainferry.runs.comparison import compare
from trainferry.runs.predictions import Row
from trainferry.sdk.demo.material import Material
from trainferry.sdk.kept import Found
from trainferry.sdk.names import short
from trainferry.views.demo import bars, before_after, mistakes, quiz, repeat, result, story, try_it, weights
from trainferry.views.demo.panel import Panel
from trainferry.views.demo.weights import Net
from trainferry.views.pictures import Sheet, sheet

WEIGHTS = "checkpoints/best.safetensors"


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
        rows, pictures = self._pictured(mistakes.rows(predictions))
        return Panel("mistakes", mistakes.values(predictions, rows, pictures))

    def try_it(self) -> Panel:
        """Draw or choose a picture, and the model answers in the page; of a model that a page cannot run, examples."""
        rows, pictures = self._pictured(try_it.rows(self.material.predictions))
        return Panel("try_it", try_it.values(self.material.predictions, rows, pictures, self._net()))

    def quiz(self) -> Panel:
        """You against the model, on its test images."""
        rows, pictures = self._pictured(quiz.rows(self.material.predictions))
        return Panel("quiz", quiz.values(self.material.predictions, rows, pictures))

    def before_after(self, other: str = "") -> Panel:
        """This run against the one that it was made from, or `other`; empty when there is none to compare with."""
        if other:
            return _compared(self._find(other), self.material)
        pair = self.material.pair(self._find)
        try:
            return _compared(*pair) if len(pair) == 2 else Panel("before_after", before_after.nothing())
        except BadInput:  # that run left no predictions, or was asked about other images
            return Panel("before_after", before_after.nothing())

    def story(self) -> Panel:
        """The curve of the training, and its interruptions."""
        return Panel("story", story.values(self.material.lines, self.material.manifest.attempts))

    def repeat(self) -> Panel:
        """How to train it again."""
        return Panel("repeat", repeat.values(self.material.run, self.material.record))

    def _pictured(self, rows: Sequence[Row]) -> tuple[Sequence[Row], Sheet]:
        references = [row.image for row in rows if row.image]
        return rows, sheet(self.material.pictures(references), references)

    def _net(self) -> Net | BadInput:
        """For the page, or why there is none."""
        try:
            return weights.of(self.material.file(WEIGHTS))
        except Missing:
            return BadInput(f"the run left no {WEIGHTS}")
        except BadInput as error:
            return error


def _compared(first: Material, second: Material) -> Panel:
    runs = (first.run, second.run)
    names = runs if short(runs[0]) == short(runs[1]) else (short(runs[0]), short(runs[1]))
    found = compare(first.predictions, [second.predictions], names)[0]
    repeated = recipe.same(first.record, second.record)
    return Panel("before_after", before_after.values(names, found, repeated))
