"""The numbers of the textbooks."""

import math
import random

import pytest

from trainferry.runs.statistics import EXACT, holm, mcnemar, paired, wilson


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(66, 100, 0.5628, 0.7454), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (1, 1, 0.2065, 1), (0, 0, 0, 1)],
)
def test_wilsons_interval_is_the_one_of_the_textbooks(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("a", "b", "p"),
    [(0, 0, 1), (3, 3, 1), (0, 1, 1), (0, 5, 2 / 32), (2, 8, 112 / 1024), (121, 59, 0.0000044), (59, 121, 0.0000044)],
)
def test_mcnemars_chance_is_the_binomials(a: int, b: int, p: float) -> None:
    assert mcnemar(a, b) == pytest.approx(p, rel=0.02)


def test_the_sum_and_the_curve_meet_where_one_takes_over() -> None:
    half = EXACT // 2
    for apart in (0, 100, 200, 300):
        summed, curve = mcnemar(half - apart, half + apart), mcnemar(half - apart, half + apart + 2)
        assert math.log(summed) == pytest.approx(math.log(curve), abs=0.2)


def test_equal_models_are_called_different_no_oftener_than_promised() -> None:
    dice = random.Random(1)
    found = 0
    for _ in range(2000):
        a = sum(dice.random() < 0.5 for _ in range(60))
        found += mcnemar(a, 60 - a) < 0.05
    assert found <= 2000 * 0.05


@pytest.mark.parametrize(
    ("a", "b", "n", "low", "high"), [(0, 0, 100, -0.0191, 0.0191), (10, 30, 100, 0.0791, 0.3131), (0, 0, 0, -1, 1)]
)
def test_the_interval_of_a_change_has_a_width_and_a_side(a: int, b: int, n: int, low: float, high: float) -> None:
    assert paired(a, b, n) == pytest.approx((low, high), abs=2e-4)


def test_many_tests_at_once_are_corrected_in_order() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
