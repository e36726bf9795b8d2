"""One history over all attempts."""

import json
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams.api_pb2 import ListSessionGroupsRequest, Status
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler

from trainer.metrics import Metrics


def curve(folder: Path, tag: str) -> list[tuple[int, float]]:
    """What TensorBoard shows."""
    events = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in events.Scalars(tag)]


def hparams_page(folder: Path) -> Any:
    """What the page asks TensorBoard for."""
    runs = EventMultiplexer().AddRunsFromDirectory(str(folder)).Reload()
    context = Context(TBContext(data_provider=MultiplexerDataProvider(runs, str(folder)), logdir=str(folder)))
    question = ListSessionGroupsRequest(slice_size=9, allowed_statuses=[Status.STATUS_SUCCESS])
    return Handler(RequestContext(), context, "", question).run().session_groups


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


def test_pictures_are_shown_once_a_step_over_all_attempts(tmp_path: Path) -> None:
    for resumed, steps in ((0, [10, 20, 30]), (20, [20, 30])):
        with Metrics(tmp_path, resumed, resumed) as metrics:
            for step in steps:
                metrics.pictures(step, {"dots": b"%d" % step})
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [(one.step, one.encoded_image_string) for one in events.Images("dots")] == [
        (10, b"10"),
        (20, b"20"),
        (30, b"30"),
    ]


def test_the_page_of_hyperparameters_finds_settings_and_results_in_the_run_itself(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    for resumed in (0, 10):
        with Metrics(tmp_path / "base", resumed, resumed) as metrics:
            metrics.begin({"lr": 0.2, "model": "small"}, ["model"], ["accuracy/test"])
            metrics.scalars(resumed + 10, {"accuracy/test": 0.75})
            metrics.end(20)
    (group,) = hparams_page(tmp_path)
    assert (group.hparams["lr"].number_value, group.hparams["model"].string_value) == (0.2, "small")
    assert [(one.name.tag, one.value, one.training_step) for one in group.metric_values] == [
        ("accuracy/test", 0.75, 20)
    ]


def test_a_file_that_is_right_is_not_rewritten(tmp_path: Path) -> None:
    attempt(tmp_path, 0, [10], 1.0)
    before = (tmp_path / "metrics.jsonl").stat().st_ino
    attempt(tmp_path, 10, [20], 1.0)
    assert (tmp_path / "metrics.jsonl").stat().st_ino == before
