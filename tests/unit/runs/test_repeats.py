"""Recipes that were trained several times, on a model of training whose truth is known."""

import random

import pytest

from trainferry.errors import BadInput
from trainferry.runs.predictions import Predictions, Row
from trainferry.runs.repeats import compare, distinct
from trainferry.runs.statistics import student

CLASSES = ("cat", "dog")
IMAGES = 400  # of each class


def trained(seed: int, better: float = 0.0) -> Predictions:
    """The border between the classes lies elsewhere after each training; `better`: how much farther from the cats."""
    dice, world = random.Random(seed), random.Random(0)
    border = dice.gauss(0, 0.07) - better
    rows = []
    for number in range(2 * IMAGES):
        label = CLASSES[number % 2]
        place = world.gauss(1.1 if label == "cat" else -1.5, 1) + dice.gauss(0, 0.3)
        rows.append(Row(f"{number:04}", label, "cat" if place > border else "dog", (0.5, 0.5)))
    return Predictions(CLASSES, tuple(rows))


def trainings(first: int, count: int, better: float = 0.0) -> list[Predictions]:
    return [trained(seed, better) for seed in range(first, first + count)]


def test_another_seed_is_no_improvement_however_often_one_looks() -> None:
    for first in range(0, 200, 10):
        found = compare([trainings(first, 3), trainings(first + 5, 3)], ["base", "other"])[0]
        assert {one.kind for one in (found.overall, *found.classes)} == {"noise"}


def test_what_one_training_cannot_tell_several_do() -> None:
    kinds = {}
    for count in (1, 8):
        found = compare([trainings(0, 2), trainings(300, count, better=0.3)], ["base", "cats"])[0]
        kinds[count] = {one.name: one.kind for one in found.classes}
        assert found.classes[0].points > 0 > found.classes[1].points
    assert kinds == {1: {"cat": "noise", "dog": "noise"}, 8: {"cat": "sure", "dog": "sure"}}


def test_the_means_of_all_trainings_are_told() -> None:
    groups = trainings(0, 2), trainings(20, 3, better=0.4)
    found = compare(groups, ["base", "cats"])[0]
    for at, name in enumerate(CLASSES):
        shares = [[table.counts[name].share for table in group] for group in groups]
        assert found.classes[at].before.share == pytest.approx(sum(shares[0]) / 2)
        assert found.classes[at].after.share == pytest.approx(sum(shares[1]) / 3)
    assert found.overall.before.right == pytest.approx(sum(table.overall.right for table in groups[0]) / 2)
    assert (found.left_out, len(found.pairs)) == (0, 2 * IMAGES)


def test_only_images_count_that_all_were_asked_about() -> None:
    one, two, three = trainings(0, 3)
    few = Predictions(CLASSES, two.rows[10:])
    found = compare([[one, few], [three]], ["base", "other"])[0]
    assert (found.overall.images, found.left_out, len(found.pairs)) == (2 * IMAGES - 10, 10, 2 * IMAGES - 10)
    strange = tuple(Row(f"x{row.id}", row.label, row.prediction, row.probabilities) for row in two.rows)
    with pytest.raises(BadInput, match="base and base were asked about other images"):
        compare([[one, Predictions(CLASSES, strange)], [three]], ["base", "other"])


def test_a_training_with_the_same_seed_is_no_repeat() -> None:
    one, two = trainings(0, 2)
    assert distinct([one, two, one, trained(1)]) == [0, 1]


@pytest.mark.parametrize(
    ("t", "freedom", "chance"),
    [(0, 5, 1), (2.776, 4, 0.05), (2, 1, 0.295167), (3.5, 12, 0.00438187), (50, 10, 2.47e-13)],
)
def test_students_chance_is_the_one_of_the_tables(t: float, freedom: float, chance: float) -> None:
    assert student(t, freedom) == student(-t, freedom) == pytest.approx(chance, rel=1e-3)
