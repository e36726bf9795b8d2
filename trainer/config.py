"""The flags of a run as one frozen value."""

import argparse
import dataclasses
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from trainer.errors import BadFlags
from trainer.files import write_whole


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides how a run goes; saved beside its results."""

    data: str
    output: Path
    epochs: int = 8
    batch_size: int = 256
    lr: float = 0.2
    seed: int = 0
    size: int = 0
    val_fraction: float = 0.1
    save_every: int = 100
    class_weight: tuple[tuple[str, float], ...] = ()
    flip: bool = True
    device: str = "auto"
    threads: int = 0
    max_steps: int = 0

    def save(self) -> None:
        """Write config.json into the output folder."""
        values = dataclasses.asdict(self) | {"output": str(self.output), "class_weight": dict(self.class_weight)}
        write_whole(self.output / "config.json", (json.dumps(values, indent=2) + "\n").encode())


def from_flags(argv: list[str] | None = None) -> Config:
    """The command line as a Config; BadFlags names the flag and the value that cannot be."""
    flags = _parser().parse_args(argv)
    weights = dict(flags.class_weight)  # said twice, the last one counts
    return Config(**vars(flags) | {"class_weight": tuple(weights.items())})


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadFlags(f"{message} (python -m trainer --help lists the flags)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m trainer", description="Train a small image classifier; see trainer/__init__.py.")
    add = parser.add_argument
    add(
        "--data",
        default=os.environ.get("FERRY_DATA", "data"),
        metavar="DIR",
        help="idx files as in Fashion-MNIST, or class folders DIR/{train,test}/<class>/*.png or DIR/<class>/*.png, "
        "or the word digits (default: $FERRY_DATA or ./data)",
    )
    add(
        "--output",
        type=Path,
        default=Path(os.environ.get("FERRY_OUTPUT", "output")),
        metavar="DIR",
        help="where everything is written, and looked for to go on (default: $FERRY_OUTPUT or ./output)",
    )
    add("--epochs", type=_at_least(1), default=8)
    add("--batch-size", type=_at_least(1), default=256)
    add("--lr", type=_positive, default=0.2, help="the highest learning rate of the triangle")
    add("--seed", type=int, default=0)
    add("--size", type=_at_least(8), default=0, help="pixels a side (default: that of the images, 64 at most)")
    add("--val-fraction", type=_fraction, default=0.1, help="of the training images, kept to choose the best weights")
    add("--save-every", type=_at_least(1), default=100, metavar="STEPS")
    add(
        "--class-weight",
        type=_weight,
        action="append",
        default=[],
        metavar="NAME=3",
        help="how much an image of a class counts; once for each class",
    )
    add("--no-flip", dest="flip", action="store_false", help="for images that mean something else mirrored")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--threads", type=_at_least(1), default=0, help="CPU threads (default: the container's CPU limit)")
    add("--max-steps", type=_at_least(1), default=0, help="a shorter training, for trials")
    return parser


def _at_least(low: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not text.isdecimal() or int(text) < low:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number of {low} or more")
        return int(text)

    return whole


def _positive(text: str) -> float:
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
    return name, _positive(number)
