"""The numbers of a run, in one folder over all its attempts: metrics.jsonl and TensorBoard's event files."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams, scalar

from trainer.files import write_whole
from trainer.history import event_files, shown


class Metrics:
    """Appends; numbers of an earlier attempt that lie after the step it resumed from are taken back first."""

    def __init__(self, folder: Path, step: int, evaluated: int) -> None:
        self.path = folder / "metrics.jsonl"
        _take_back(self.path, evaluated)
        self.file = self.path.open("a")
        before = event_files(folder)
        self.shown = shown(before, step)
        purge = step + 1 if before else 0  # TensorBoard takes a start for a restart only when it has seen one before
        self.events = SummaryWriter(str(folder), purge_step=purge)._get_file_writer()

    def __enter__(self) -> "Metrics":
        return self

    def __exit__(self, *_: object) -> None:
        self.events.close()
        self.file.close()

    def begin(self, settings: dict[str, str | float], first: Sequence[str], goals: Sequence[str]) -> None:
        """Tell TensorBoard's table of runs what this one is made of, and which curves say how good it is.

        It is told of the run itself: SummaryWriter.add_hparams would make another one beside it.
        """
        experiment, start, _ = hparams(settings, dict.fromkeys(goals, 0.0))
        _put_first(experiment, first)
        self._show(0, experiment, start)

    def end(self, step: int) -> None:
        """Tell the same table that all is done."""
        self._show(step, hparams({}, {})[2])

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Show values in TensorBoard, by tag."""
        self._show(step, *(scalar(tag, value) for tag, value in values.items()))

    def pictures(self, step: int, values: dict[str, bytes]) -> None:
        """Show PNGs in TensorBoard, by tag."""
        encoded = {tag: Summary.Image(encoded_image_string=png) for tag, png in values.items()}
        self._show(step, *(Summary(value=[Summary.Value(tag=tag, image=png)]) for tag, png in encoded.items()))

    def row(self, values: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl, with the second of today's clock at which it was written."""
        self.file.write(json.dumps({**values, "time": round(time.time(), 1)}) + "\n")
        self.file.flush()

    def _show(self, step: int, *summaries: Summary) -> None:
        """All but what is shown already: by a start that was killed before it could save that it had."""
        for summary in summaries:
            if (summary.value[0].tag, step) not in self.shown:
                self.events.add_summary(summary, step)
        self.events.flush()


def _put_first(experiment: Summary, names: Sequence[str]) -> None:
    """Of the settings, which the table has by their names, and all but five of them hidden."""
    plugin = experiment.value[0].metadata.plugin_data
    told = HParamsPluginData.FromString(plugin.content)
    for setting in told.experiment.hparam_infos:
        setting.differs = setting.name in names
    plugin.content = told.SerializeToString()


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
