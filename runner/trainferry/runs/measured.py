"""Which numbers belong to a checkpoint: the lines of metrics.jsonl, found by step, epoch or time."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from trainferry.runs.manifest import StoredFile
from trainferry.runs.pieces import small
from trainferry.store import Store

LAST = 4 << 20  # bytes from the end of metrics.jsonl that are looked through
COUNTERS = ("step", "global_step", "iteration", "epoch")
CLOCKS = ("time", "timestamp", "wall_time", "_timestamp")
METRICS = (
    "accuracy", "val_accuracy", "valid_accuracy", "eval_accuracy", "test_accuracy", "acc", "val_acc", "f1", "auc",
    "val_loss", "valid_loss", "eval_loss", "loss",
)  # fmt: skip

Line = Mapping[str, object]


def lines(store: Store, files: Mapping[str, StoredFile]) -> list[Line]:
    """Those of the newest metrics.jsonl, oldest first; what is no JSON object is left out."""
    found = [file for path, file in files.items() if PurePosixPath(path).name == "metrics.jsonl"]
    if not found:
        return []
    text = small(store, max(found, key=lambda file: file.mtime), LAST)
    return [line for line in map(_parsed, text.split(b"\n")) if line]


def line_of(path: str, time: float, told: Iterable[Line]) -> Line:
    """The last line of the step or epoch that the name holds, else the last from before it was written; {} for none."""
    name = PurePosixPath(path).name
    numbers = {int(word) for word in re.findall(r"\d+", name)}
    found: dict[str, Line] = {}
    for line in told:
        if step(line) in numbers:
            found["step"] = line
        if type(line.get("epoch")) is int and line["epoch"] in numbers:
            found["epoch"] = line
        if not numbers and (_clock(line) or time + 1) <= time:
            found["time"] = line
    order = ("epoch", "step", "time") if "epoch" in name.lower() else ("step", "epoch", "time")
    return next((found[how] for how in order if how in found), {})


def step(line: Line) -> int | None:
    """How far the training was, None where it is not said."""
    return next((value for name in COUNTERS if type(value := line.get(name)) is int), None)


def metric(line: Line) -> str:
    """The number that people choose by, for example `accuracy 0.681`; "" where there is none."""
    return next((f"{name} {value:.4g}" for name in METRICS if isinstance(value := line.get(name), float)), "")


def last_number(path: str) -> int | None:
    """The digits of a name: 300 of step-300.pt."""
    pure = PurePosixPath(path)
    digits = re.findall(r"\d+", pure.stem if pure.suffix else pure.name)
    return int(digits[-1]) if digits else None


def _parsed(line: bytes) -> Line:
    try:
        told = json.loads(line or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _clock(line: Line) -> float | None:
    return next((float(value) for name in CLOCKS if isinstance(value := line.get(name), int | float)), None)
