"""Which of the images that two runs answer differently a page shows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from trainferry.runs.comparison import Comparison, Pair
from trainferry.runs.predictions import Predictions

OF_CLASS = 30  # images of one class, that one of the two has right
MOST = 1200  # of a page


@dataclass(frozen=True)
class Flip:
    """An image that only one of two runs has right: what each says, and how sure it is of it."""

    id: str
    label: str
    first: str
    first_sure: float
    second: str
    second_sure: float
    image: str = ""

    @property
    def won(self) -> bool:
        """The second has it right."""
        return self.second == self.label

    @property
    def clear(self) -> float:
        """How sure the one was that is right, and the other of its mistake."""
        return self.first_sure + self.second_sure


def flips(found: Comparison, tables: tuple[Predictions, Predictions], most: int = MOST) -> list[Flip]:
    """The clearest ones first; of each class and direction at most OF_CLASS, together at most `most`."""
    places = [{name: at for at, name in enumerate(table.classes)} for table in tables]
    seen = any(one.image for one, _ in found.pairs)
    every = (_flip(pair, places, seen) for pair in found.pairs if _differ(pair))
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    chosen = []
    for flip in sorted(every, key=lambda one: (-one.clear, one.id)):
        counts[flip.label, flip.won] += 1
        if counts[flip.label, flip.won] <= OF_CLASS:
            chosen.append(flip)
    return chosen[:most]


def _differ(pair: Pair) -> bool:
    first, second = pair
    return (first.prediction == first.label) != (second.prediction == second.label)


def _flip(pair: Pair, places: Sequence[dict[str, int]], seen: bool) -> Flip:
    """Pictures are those of the first run where it has any."""
    first, second = pair
    shares = [row.probabilities[place[row.prediction]] for row, place in zip(pair, places, strict=True)]
    image = first.image if seen else second.image
    return Flip(first.id, first.label, first.prediction, shares[0], second.prediction, shares[1], image)
