"""Which class is to count more, and who will probably pay for it."""

from dataclasses import dataclass

from trainferry.runs.predictions import Predictions
from trainferry.runs.statistics import wilson


@dataclass(frozen=True)
class Boost:
    """A class, how it fares (shares with the interval's ends), and the class that its images are taken for most.

    `partner` "" when no image of it is mistaken; `taken` of the `mistakes` go there. `what`: of which images.
    """

    name: str
    share: float
    low: float
    high: float
    partner: str
    taken: int
    mistakes: int
    what: str

    def told(self, factor: float, adaptive: bool, worst: bool) -> str:
        """One line: what is done, and who will probably pay."""
        shown = f"{100 * self.share:.1f} % of the {self.what} images, {100 * self.low:.0f}-{100 * self.high:.0f}"
        begin = f"{self.name} is the worst class ({shown})" if worst else f"{self.name} ({shown})"
        weight = f"its weight adapts up to {factor:g}" if adaptive else f"its weight is {factor:g}"
        pays = f"{self.taken} of its {self.mistakes} mistakes are taken for it" if self.partner else ""
        who = f"; {self.partner} will probably pay: {pays}" if self.partner else ""
        return f"{begin}; {weight}{who}"


def of(predictions: Predictions, name: str, what: str) -> Boost:
    """What a class is like."""
    count = predictions.counts[name]
    partner, taken = predictions.taken_for(name)
    low, high = wilson(count.right, count.images)
    return Boost(name, count.share, low, high, partner, taken, count.images - count.right, what)
