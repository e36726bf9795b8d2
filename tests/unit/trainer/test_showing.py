"""Which evaluations are drawn, and by whom."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.unit.trainer.pictures import data_set
from trainer import showing
from trainer.config import Config
from trainer.distributed import Ranks
from trainer.evaluate import evaluate
from trainer.metrics import Metrics
from trainer.training import Training

STEPS = 5  # of an epoch


@pytest.mark.parametrize(("rank", "drawn"), [(0, [1, 2, 4, 8, 11]), (1, [])])
def test_the_first_rank_draws_epochs_1_2_4_and_so_on_and_the_last(rank: int, drawn: list[int], tmp_path: Path) -> None:
    training = Training(Config("", tmp_path, "small", epochs=11, batch_size=32), data_set(), Ranks(rank, 2))
    result = evaluate(training.model, training.data.validation, training.data.classes, lambda: None)
    with Metrics(tmp_path, 0, 0) as metrics:
        for epoch in range(1, 12):
            training.progress.step = epoch * STEPS
            showing.evaluated(training, metrics, result, 0.5, 1.0)
    events = EventAccumulator(str(tmp_path), size_guidance={"images": 0}).Reload()
    assert [event.step // STEPS for event in events.Scalars("accuracy/validation")] == list(range(1, 12))
    tags = ("confusion/validation", "mistakes/validation") if drawn else ()
    shown = {tag: [event.step // STEPS for event in events.Images(tag)] for tag in events.Tags()["images"]}
    assert shown == dict.fromkeys(tags, drawn)
