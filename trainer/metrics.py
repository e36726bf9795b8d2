"""The numbers of a run, in one folder over all its attempts: metrics.jsonl and TensorBoard's event files."""

import json
import time
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from trainer.files import write_whole
from trainer.history import event_files, shown


class Metrics:
    """Appends; numbers of an earlier attempt that lie after the step it resumed from are taken back first."""

    def __init__(self, folder: Path, step: int, evaluated: int) -> None:
        self.path = folder / "metrics.jsonl"
        _take_back(self.path, evaluated)
        self.file = self.path.open("a")
        before = event_files(folder)
        self.step, self.shown = step, shown(before, step)
        self.events = SummaryWriter(str(folder), purge_step=step + 1 if before else None)

    def __enter__(self) -> "Metrics":
        return self

    def __exit__(self, *_: object) -> None:
        self.events.close()
        self.file.close()

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Show values in TensorBoard, by tag."""
        for tag, value in values.items():
            if step == self.step and tag in self.shown:
                continue  # a start that was killed before it could save that it had shown it
            self.events.add_scalar(tag, value, step)
        self.events.flush()

    def row(self, values: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl, with the second of today's clock at which it was written."""
        self.file.write(json.dumps({**values, "time": round(time.time(), 1)}) + "\n")
        self.file.flush()


def _take_back(path: Path, evaluated: int) -> None:
    """Drop the rows after step evaluated and what a kill left half written; a file that is right is not touched."""
    if not path.exists():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if _step(line) <= evaluated]
    if kept != lines:
        write_whole(path, b"".join(kept))


def _step(line: bytes) -> float:
    try:
        return json.loads(line)["step"] if line.endswith(b"\n") else float("inf")
    except (ValueError, KeyError, TypeError):
        return float("inf")
