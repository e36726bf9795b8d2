"""Class weights, fixed and adaptive."""

import pytest
import torch

from trainer.errors import BadFlags
from trainer.reweight import Weights

CLASSES = ("cat", "dog", "emu")


def adaptive() -> Weights:
    return Weights((("cat", 3.0),), CLASSES, adaptive=True)


def test_a_weight_for_a_class_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(BadFlags, match=r"^--class-weight cta: no such class; there are cat, dog, emu$"):
        Weights((("cta", 3.0),), CLASSES, adaptive=False)


def test_fixed_weights_are_what_was_said_whatever_happens() -> None:
    weights = Weights((("cat", 3.0), ("emu", 0.5)), CLASSES, adaptive=False)
    weights.learn({"cat": 0.1, "dog": 0.9, "emu": 0.9})
    weights.take_over(torch.tensor([2.0, 1.0, 1.0]))
    assert weights.current.tolist() == [3.0, 1.0, 0.5]
    assert weights.told() == ""


def test_a_class_counts_more_as_long_as_it_is_the_worst_up_to_its_factor() -> None:
    weights, seen = adaptive(), []
    for _ in range(3):
        weights.learn({"cat": 0.6, "dog": 0.7, "emu": 0.9})
        seen.append(round(weights["cat"], 2))
    assert seen == [1.65, 2.72, 3.0]
    assert weights.told() == ", cat counts 3.00"


def test_it_counts_less_as_soon_as_another_falls_behind_it_but_never_less_than_one() -> None:
    weights = adaptive()
    weights.learn({"cat": 0.6, "dog": 0.8, "emu": 0.9})
    weights.learn({"cat": 0.75, "dog": 0.65, "emu": 0.9})
    assert round(weights["cat"], 2) == 1.65
    weights.learn({"cat": 0.9, "dog": 0.5, "emu": 0.9})
    assert weights.current.tolist() == [1.0, 1.0, 1.0]


def test_a_class_that_shall_count_less_does_so_at_once() -> None:
    assert Weights((("cat", 0.5),), CLASSES, adaptive=True).current.tolist() == [0.5, 1.0, 1.0]


def test_what_an_earlier_start_had_learnt_goes_on() -> None:
    weights = adaptive()
    weights.take_over(torch.tensor([2.5, 1.0, 1.0]))
    assert weights.current.tolist() == [2.5, 1.0, 1.0]
    weights.learn({"dog": 0.1})  # no image of it was looked at
    assert weights["cat"] == 2.5
