"""A training in memory: it learns, and it goes on where it was."""

import dataclasses
from pathlib import Path

import pytest
import torch

from tests.unit.trainer.pictures import data_set
from trainer.config import Config
from trainer.errors import BadData
from trainer.evaluate import evaluate
from trainer.model import Net
from trainer.training import Training

CONFIG = Config("", Path("out"), epochs=3, batch_size=32, flip=False)


def steps(training: Training, count: int) -> Training:
    """The training so many steps later."""
    for _ in range(count):
        training.step()
    return training


def same(one: Training, other: Training) -> bool:
    """Whether every bit of two models is equal."""
    pairs = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_it_learns_the_patterns() -> None:
    training = steps(Training(dataclasses.replace(CONFIG, epochs=8), data_set()), 40)
    result = evaluate(training.model, training.data.test, training.data.classes, lambda: None)
    assert result.accuracy > 0.9


def test_a_state_that_went_through_memory_goes_on_to_the_same_bits() -> None:
    straight = steps(Training(CONFIG, data_set()), 15)
    resumed = Training(CONFIG, data_set())
    resumed.load_state_dict(steps(Training(CONFIG, data_set()), 7).state_dict())
    assert same(straight, steps(resumed, 8))
    assert straight.progress == resumed.progress


def test_another_seed_gives_other_bits() -> None:
    other = Training(dataclasses.replace(CONFIG, seed=1), data_set())
    assert not same(steps(Training(CONFIG, data_set()), 1), steps(other, 1))


def test_a_class_with_more_weight_changes_what_is_learned() -> None:
    fixed = dataclasses.replace(CONFIG, class_weight=(("dim", 3.0),), class_weights_mode="plain")
    weighted = Training(fixed, data_set())
    assert not same(steps(Training(CONFIG, data_set()), 1), steps(weighted, 1))


def test_the_learning_rate_is_a_triangle_that_ends_at_nothing() -> None:
    training = Training(CONFIG, data_set())
    rates = []
    for step in range(training.total + 1):
        training.progress.step = step
        rates.append(round(training.lr, 4))
    assert rates[:4] == [0.0667, 0.1333, 0.2, 0.2]
    assert rates[4:] == [round(0.2 * (15 - step) / 12, 4) for step in range(4, 16)]


def test_max_steps_shortens_the_training() -> None:
    assert Training(dataclasses.replace(CONFIG, max_steps=7), data_set()).total == 7


def test_a_state_of_other_classes_is_refused() -> None:
    state = Training(CONFIG, data_set()).state_dict() | {"classes": ["cat"]}
    with pytest.raises(BadData, match=r"^out holds a training with classes \['cat'\].*choose another --output$"):
        Training(CONFIG, data_set()).load_state_dict(state)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 28, 28), (3, 33, 47)])
def test_the_net_takes_any_size_and_gives_float32(shape: tuple[int, int, int]) -> None:
    logits = Net(shape[0], 5)(torch.zeros(2, *shape, dtype=torch.uint8))
    assert (logits.shape, logits.dtype) == ((2, 5), torch.float32)
