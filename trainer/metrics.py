"""The numbers of a run, in one folder over all its attempts: metrics.jsonl and TensorBoard's event files."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

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
            if self._is_new(step, tag):
                self.events.add_scalar(tag, value, step)
        self.events.flush()

    def pictures(self, step: int, values: dict[str, bytes]) -> None:
        """Show PNGs in TensorBoard, by tag."""
        for tag, png in values.items():
            if self._is_new(step, tag):
                shown = Summary.Image(encoded_image_string=png)
                self._add(Summary(value=[Summary.Value(tag=tag, image=shown)]), step)
        self.events.flush()

    def settings(self, values: dict[str, bool | str | float], goals: Sequence[str]) -> None:
        """Tell TensorBoard's page of hyperparameters what this run is made of, and which tags say how good it is.

        They are of the run itself: SummaryWriter.add_hparams would make another one beside it.
        """
        experiment, start, _ = hparams(values, dict.fromkeys(goals, 0.0))
        self._add(experiment, 0)
        self._add(start, 0)

    def row(self, values: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl, with the second of today's clock at which it was written."""
        self.file.write(json.dumps({**values, "time": round(time.time(), 1)}) + "\n")
        self.file.flush()

    def _is_new(self, step: int, tag: str) -> bool:
        """False for what a start showed that was killed before it could save that it had."""
        return step != self.step or tag not in self.shown

    def _add(self, summary: Summary, step: int) -> None:
        self.events._get_file_writer().add_summary(summary, step)  # type: ignore[no-untyped-call]


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
