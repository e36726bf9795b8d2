"""How sure a difference is: intervals of shares, the exact test of paired answers, and many tests at once."""

import math
from collections.abc import Sequence

Z = 1.959963984540054  # two-sided 95 %
EXACT = 20_000  # flips that are summed one by one; above, the normal curve with Edwards' correction is as good
# How much flips go together when one recipe is trained again with another seed: the border between two classes moves
# as a whole, so one wins many images at once and the other loses them. Measured over 34 pairs of trainings on
# Fashion-MNIST (tests/unit/runs/equal_recipes.json): in a class 0.05 of a finished training, 0.15 of one that was cut
# short; over all classes, which make up for each other, 0.002. McNemar alone calls 19 of the 34 different, p < 0.01.
ALIKE, ALIKE_OVERALL = 0.1, 0.003


def wilson(right: float, n: int, z: float = Z) -> tuple[float, float]:
    """The interval (low, high) of a share of which `right` of `n` were seen (Wilson 1927); (0, 1) of nothing."""
    if not n:
        return 0.0, 1.0
    share, square = right / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    low = 0.0 if right == 0 else max(0.0, middle - half)
    return low, 1.0 if right == n else min(1.0, middle + half)


def mcnemar(only_a: int, only_b: int) -> float:
    """The chance (two-sided) of such an uneven split, or one less even, if A and B were equally good.

    `only_a`, `only_b`: how many of the same images only A, only B has right (McNemar 1947, the binomial exactly).
    """
    flips, fewer = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    if flips > EXACT:
        return math.erfc((abs(only_a - only_b) - 1) / math.sqrt(2 * flips))
    whole = -flips * math.log(2)
    terms = (math.exp(_log_choose(flips, k) + whole) for k in range(fewer + 1))
    return min(1.0, 2 * math.fsum(terms))


def retrained(only_a: int, only_b: int, alike: float = ALIKE) -> float:
    """The chance of such an uneven split, or one less even, if B were the recipe of A trained once more.

    McNemar's question is about two models; this one, about two recipes, takes one flip to say something about the
    next: the correlation `alike` of a beta-binomial distribution around one half.
    """
    flips, fewer = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    shape = (1 - alike) / (2 * alike)
    if flips > EXACT:
        return math.erfc((abs(only_a - only_b) - 1) / math.sqrt(2 * flips * (1 + alike * (flips - 1))))
    whole = math.lgamma(2 * shape) - 2 * math.lgamma(shape) - math.lgamma(flips + 2 * shape)
    terms = (
        math.exp(_log_choose(flips, k) + math.lgamma(k + shape) + math.lgamma(flips - k + shape) + whole)
        for k in range(fewer + 1)
    )
    return min(1.0, 2 * math.fsum(terms))


def apart(first: tuple[float, int], second: tuple[float, int]) -> float:
    """The chance (two-sided) of two shares so different, each (right, n) of other images, if both were the same."""
    (a, n), (b, m) = first, second
    if not n or not m or (a + b) in (0, n + m):
        return 1.0
    both = (a + b) / (n + m)
    return math.erfc(abs(a / n - b / m) / math.sqrt(2 * both * (1 - both) * (1 / n + 1 / m)))


def student(t: float, freedom: float) -> float:
    """The chance (two-sided) of a value as far from zero as `t`, of Student's distribution."""
    return _beta(freedom / (freedom + t * t), freedom / 2)


def paired(only_a: float, only_b: float, n: int, z: float = Z) -> tuple[float, float]:
    """The interval (low, high) of the change of the share from A to B over the same `n` images.

    Wald's interval with half a flip added on either side (Agresti and Min 2005), so that it has a width without flips.
    """
    if not n:
        return -1.0, 1.0
    lost, won, images = only_a + 0.5, only_b + 0.5, n + 2
    change = (won - lost) / images
    half = z * math.sqrt((won + lost) / images - change * change) / math.sqrt(images)
    return max(-1.0, change - half), min(1.0, change + half)


def holm(chances: Sequence[float]) -> list[float]:
    """The same chances when all are looked at: the odd one in twenty is then no discovery (Holm 1979)."""
    adjusted, highest = [1.0] * len(chances), 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        adjusted[place] = highest
    return adjusted


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _beta(x: float, a: float) -> float:
    """The regularised incomplete beta function I_x(a, 1/2), by Lentz's continued fraction."""
    b = 0.5
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly its mirror converges fast
        return 1 - _fraction(1 - x, b, a)
    return _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 200):
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + factor * d), 1 + factor / c
            found *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return front * found
