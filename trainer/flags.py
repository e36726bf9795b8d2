"""The command line: which flags there are, and which values make sense."""

import argparse
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from trainer.errors import BadFlags

Weights = list[tuple[str, float]]


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a BadFlags instead of an exit."""

    def error(self, message: str) -> NoReturn:
        """Raise BadFlags."""
        raise BadFlags(f"{message} (python -m trainer --help lists the flags)")


def environment() -> list[str]:
    """The flags that the variables of a run stand for."""
    said = {
        "--data": os.environ.get("FERRY_DATA"),
        "--output": os.environ.get("FERRY_OUTPUT"),
        "--class-weights": os.environ.get("FERRY_CLASS_WEIGHTS"),
        "--class-weights-mode": os.environ.get("FERRY_CLASS_WEIGHTS_MODE"),
    }
    return [f"{flag}={value}" for flag, value in said.items() if value]


def parser() -> Parser:
    """Every flag of the trainer; those about the course of a training have the names of Config's fields."""
    made = Parser(
        prog="python -m trainer",
        description="Train an image classifier; see trainer/__init__.py.",
        allow_abbrev=False,
    )
    _places(made)
    _course(made.add_argument_group("the course of the training"))
    _classes(made.add_argument_group("classes that count more"))
    _machine(made.add_argument_group("the machine"))
    return made


def _places(parser: Parser) -> None:
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="flags as FILE.toml, or the config.json of another run")
    add(
        "--data",
        default="data",
        metavar="DIR",
        help="idx files as in Fashion-MNIST, or class folders DIR/{train,test}/<class>/*.png or DIR/<class>/*.png, "
        "or the word digits (default: $FERRY_DATA or ./data)",
    )
    add(
        "--output",
        type=Path,
        default=Path("output"),
        metavar="DIR",
        help="where everything is written, and looked for to go on (default: $FERRY_OUTPUT or ./output)",
    )


def _course(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    add("--model", default="medium", metavar="NAME", help="small, medium, large or torchvision:NAME (default: medium)")
    add("--epochs", type=at_least(1), default=8)
    add("--batch-size", type=at_least(1), default=256, help="of all ranks together")
    add("--lr", type=positive, help="the highest learning rate of the triangle (default: the model's own)")
    add("--seed", type=int, default=0)
    add(
        "--size",
        type=at_least(8, or_zero=True),
        default=0,
        help="pixels a side (default: that of the images, 64 at most)",
    )
    add("--val-fraction", type=_fraction, default=0.1, help="of the training images, kept to choose the best weights")
    add(
        "--flip",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="no: images that mean another thing mirrored",
    )
    add("--max-steps", type=at_least(1, or_zero=True), default=0, help="a shorter training, for trials")
    add("--save-every", type=at_least(1), default=100, metavar="STEPS")
    add("--keep", type=at_least(2), default=2, help="checkpoints to go on from, the last one included (default: 2)")


def _classes(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    add("--class-weight", type=_weight, action="append", default=[], metavar="NAME=NUMBER", help="may be repeated")
    add(
        "--class-weights",
        dest="class_weight",
        type=_weights,
        action="extend",
        metavar="JSON",
        help='the same as {"NAME": NUMBER} (default: $FERRY_CLASS_WEIGHTS)',
    )
    add(
        "--class-weights-mode",
        choices=("adaptive", "plain"),
        default="adaptive",
        help="adaptive: a weight moves up to its number as the class needs it; plain: it is that number "
        "(default: $FERRY_CLASS_WEIGHTS_MODE or adaptive)",
    )


def _machine(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--threads", type=at_least(1, or_zero=True), default=0, help="CPU threads (default: the container's CPU limit)")


def at_least(low: int, or_zero: bool = False) -> Callable[[str], int]:
    """A check for whole numbers from low upwards; 0 may stand for what is usual."""

    def whole(text: str) -> int:
        if not text.isdecimal() or (int(text) < low and not (or_zero and int(text) == 0)):
            raise argparse.ArgumentTypeError(f"{text} is not a whole number of {low} or more")
        return int(text)

    return whole


def positive(text: str) -> float:
    """A number above 0, not infinite."""
    value = _number(text)
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _fraction(text: str) -> float:
    value = _number(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=NUMBER, for example shirt=3")
    return name, positive(number)


def _weights(text: str) -> Weights:
    try:
        return [(name, positive(str(number))) for name, number in json.loads(text).items()]
    except (ValueError, AttributeError) as error:
        raise argparse.ArgumentTypeError(f'{text} is not JSON like {{"shirt": 3}}') from error
