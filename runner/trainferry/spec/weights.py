"""How much the classes count, as people type it and as a training reads it."""

import json
import math
from collections.abc import Sequence

from trainferry.errors import BadInput
from trainferry.spec.quantities import shown

Weights = tuple[tuple[str, float], ...]
ADAPTIVE, PLAIN = "adaptive", "plain"
VARIABLE, MODE = "FERRY_CLASS_WEIGHTS", "FERRY_CLASS_WEIGHTS_MODE"
PLACEHOLDER = "{class_weights}"
HIGHEST = 1000.0


def factor(text: str, where: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= HIGHEST:  # nan neither
        joint = "" if where.endswith("=") else " "
        raise BadInput(f"{where}{joint}{shown(text)}: expected a number above 0, for example {where}{joint}3")
    return number


def parse(texts: Sequence[str]) -> Weights:
    """`NAME=FACTOR`, sorted; the last of a name counts."""
    return tuple(sorted(dict(_one(text) for text in texts).items()))


def dumps(weights: Weights) -> str:
    """The JSON object that a training reads; whole numbers stay whole."""
    return json.dumps({name: int(one) if one == int(one) else one for name, one in weights}, ensure_ascii=False)


def _one(text: str) -> tuple[str, float]:
    name, equals, number = text.rpartition("=")
    if not equals or not name:
        raise BadInput(f"--class-weight {shown(text)}: expected NAME=FACTOR, for example --class-weight cat=3")
    return name, factor(number, f"--class-weight {name}=")
