"""Class weights, fixed and adaptive."""

import pytest
import torch

from trainer.errors import BadFlags
from trainer.evaluate import Evaluation
from trainer.reweight import Weights

CLASSES = ("cat", "dog", "emu")


def adaptive(factor: float = 4.0) -> Weights:
    return Weights((("cat", factor),), CLASSES, adaptive=True)


def evaluation(cats: float, dogs: float, sure: float = 0.6) -> Evaluation:
    """100 images a class; of cats and dogs the fractions given are right, the rest is taken for the other by a hair."""
    right, hair = torch.tensor([sure, 0.98 - sure, 0.02]), torch.tensor([0.46, 0.52, 0.02])
    rows = []
    for share, place in ((cats, 0), (dogs, 1)):
        for number in range(100):
            row = right if number < 100 * share else hair
            rows.append(row if place == 0 else row[[1, 0, 2]])
    rows += [torch.tensor([0.01, 0.01, 0.98])] * 100
    return Evaluation(CLASSES, torch.stack(rows), torch.arange(3).repeat_interleave(100))


def test_a_weight_for_a_class_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(BadFlags, match=r"^--class-weight cta: no such class; there are cat, dog, emu$"):
        Weights((("cta", 3.0),), CLASSES, adaptive=False)


def test_fixed_weights_are_what_was_said_whatever_happens() -> None:
    weights = Weights((("cat", 3.0), ("emu", 0.5)), CLASSES, adaptive=False)
    weights.learn(evaluation(0.1, 0.9))
    weights.take_over(torch.tensor([2.0, 1.0, 1.0]))
    assert (weights.current.tolist(), weights.told()) == ([3.0, 1.0, 0.5], "")


def test_the_worst_class_counts_more_as_long_as_the_others_can_bear_it() -> None:
    weights, seen = adaptive(), []
    for _ in range(3):
        weights.learn(evaluation(0.6, 0.9))
        seen.append(weights["cat"])
    assert 1.0 < seen[0] < seen[1] < seen[2] <= 4.0
    assert weights.told() == f", cat counts {seen[2]:.2f}"


def test_a_class_that_is_not_the_worst_counts_as_the_others() -> None:
    weights = adaptive()
    weights.learn(evaluation(0.95, 0.9))
    assert weights["cat"] == 1.0


def test_it_counts_less_again_when_another_falls_behind() -> None:
    weights = adaptive()
    weights.take_over(torch.tensor([3.0, 1.0, 1.0]))
    weights.learn(evaluation(0.95, 0.5))
    assert 1.0 <= weights["cat"] < 3.0


def test_a_class_that_shall_count_less_does_so_at_once() -> None:
    assert Weights((("cat", 0.5),), CLASSES, adaptive=True).current.tolist() == [0.5, 1.0, 1.0]


def test_a_class_without_images_stays_and_what_was_learnt_is_kept_within_the_factor() -> None:
    weights = adaptive()
    weights.take_over(torch.tensor([2.5, 1.0, 1.0]))
    dogs = evaluation(0.6, 0.9)
    weights.learn(Evaluation(CLASSES, dogs.probabilities[100:], dogs.labels[100:]))
    assert weights["cat"] == 2.5
    weights.take_over(torch.tensor([9.0, 1.0, 1.0]))
    assert weights["cat"] == 4.0
