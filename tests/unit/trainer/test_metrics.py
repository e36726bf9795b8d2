"""One history over all attempts."""

import json
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from trainer.metrics import Metrics


def curve(folder: Path, tag: str) -> list[tuple[int, float]]:
    """What TensorBoard shows."""
    events = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in events.Scalars(tag)]


def attempt(folder: Path, resumed: int, rows: list[int], value: float) -> None:
    """One start of a training that resumed at a step and got through rows."""
    with Metrics(folder, resumed, resumed) as metrics:
        for step in rows:
            metrics.row({"step": step, "value": value})
            metrics.scalars(step, {"value": value})


def test_what_a_killed_attempt_wrote_after_its_checkpoint_is_taken_back(tmp_path: Path) -> None:
    attempt(tmp_path, 0, [10, 20, 30], 1.0)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4')
    attempt(tmp_path, 20, [30, 40], 2.0)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    expected = [(10, 1.0), (20, 1.0), (30, 2.0), (40, 2.0)]
    assert [(row["step"], row["value"]) for row in rows] == expected
    assert curve(tmp_path, "value") == expected


def test_a_file_that_is_right_is_not_rewritten(tmp_path: Path) -> None:
    attempt(tmp_path, 0, [10], 1.0)
    before = (tmp_path / "metrics.jsonl").stat().st_ino
    attempt(tmp_path, 10, [20], 1.0)
    assert (tmp_path / "metrics.jsonl").stat().st_ino == before
