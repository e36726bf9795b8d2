"""What a real TensorBoard shows of a training that was killed now and then, with its usual loader and its slow one."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trainer.pictures import CLASSES, data_set
from trainer import showing
from trainer.config import Config
from trainer.evaluate import Evaluation, evaluate
from trainer.metrics import Metrics
from trainer.training import Training

STEPS = 5  # of an epoch
STARTS = ((0, 5), (0, 20), (15, 30), (30, 30))  # step resumed from, step reached; 30 is the end


def begun(output: Path) -> Training:
    """A training of 6 epochs that does not step: what it shows is the matter here."""
    config = Config("", output, "small", epochs=6, batch_size=32, class_weight=(("dim", 3.0),))
    training = Training(config, data_set())
    assert training.total == 6 * STEPS
    return training


def one_start(training: Training, result: Evaluation, resumed: int, reached: int) -> None:
    """What one start shows."""
    training.progress.step = resumed
    with Metrics(training.config.output, resumed, resumed) as metrics:
        showing.begun(training, metrics)
        for step in range(resumed + STEPS, reached + 1, STEPS):
            training.progress.step = step
            showing.evaluated(training, metrics, result, 0.5, 1.0)
        if reached == training.total:
            training.progress.step = reached
            showing.tested(training, metrics, result)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run in it."""
    folder = tmp_path_factory.mktemp("logs")
    (folder / "base").mkdir()
    training = begun(folder / "base")
    result = evaluate(training.model, training.data.validation, CLASSES, lambda: None)
    for resumed, reached in STARTS:
        one_start(training, result, resumed, reached)
    return folder


@pytest.fixture(scope="module", params=["auto", "false"])
def board(request: pytest.FixtureRequest, logs: Path) -> Iterator[str]:
    """The address of a TensorBoard that has read it."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", "0", "--host", "127.0.0.1"]
    command += ["--load_fast", request.param]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = next(match for line in process.stderr if (match := re.search(r"http://[\d.:]+", line)))
        yield found[0]
        process.terminate()
        process.stderr.read()


def asked(board: str, path: str, **query: Any) -> Any:
    """The JSON of an answer."""
    with urllib.request.urlopen(f"{board}/data/plugin/{path}?{urllib.parse.urlencode(query)}") as answer:
        return json.loads(answer.read())


def once_it_has_read(board: str) -> dict[str, Any]:
    """The tags of pictures; TensorBoard answers before it has read a folder to the end."""
    while True:
        tags: dict[str, Any] = asked(board, "images/tags").get("base", {})
        if "mistakes/test" in tags and asked(board, "scalars/tags").get("base", {}).get("accuracy/test"):
            return tags


def test_every_picture_and_every_number_is_there_once(board: str) -> None:
    tags = once_it_has_read(board)
    steps = {tag: [one["step"] for one in asked(board, "images/images", run="base", tag=tag, sample=0)] for tag in tags}
    assert steps == {
        "confusion/validation": [5, 10, 20, 30],
        "mistakes/validation": [5, 10, 20, 30],
        "confusion/test": [30],
        "mistakes/test": [30],
    }
    recall = asked(board, "scalars/scalars", run="base", tag="recall/dim")
    assert [step for _, step, _ in recall] == [5, 10, 15, 20, 25, 30]


def test_the_table_of_runs_has_the_run_with_its_settings_and_results(board: str) -> None:
    once_it_has_read(board)
    question = json.dumps({"startIndex": 0, "sliceSize": 9, "allowedStatuses": ["STATUS_SUCCESS"]})
    experiment = asked(board, "hparams/experiment", request=json.dumps({"experimentName": ""}))
    assert [one["name"] for one in experiment["hparamInfos"]] == [
        *showing.FIRST, "flip", "max_steps", "seed", "size", "val_fraction",
    ]  # fmt: skip
    assert [one["name"]["tag"] for one in experiment["metricInfos"]] == [
        *showing.GOALS, *(f"recall/{name}" for name in CLASSES),
    ]  # fmt: skip
    (group,) = asked(board, "hparams/session_groups", request=question)["sessionGroups"]
    values = {one["name"]["tag"]: one["trainingStep"] for one in group["metricValues"]}
    assert [session["name"] for session in group["sessions"]] == ["base"]
    assert (values["accuracy/test"], values["recall/dim"]) == (30, 30)
    assert (group["hparams"]["class_weight"], group["hparams"]["epochs"]) == ("dim 3 adaptive", 6)
