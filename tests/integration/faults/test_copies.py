"""A copy of 64 MiB meets a fault at every 256 KiB: in the end it is right, or the command said in one line why not.

Eight faults a copy, far from each other; after a refusal the same command is given again and meets the rest of them.
`make test` takes every 16th boundary, by a seed; `make soak` all.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.faults.crew import Case, Result, play
from tests.integration.faults.plan import Fault
from tests.integration.faults.publishing import Publish
from tests.integration.faults.scenarios import MIB, Down, Scenario, Up
from tests.integration.faults.told import told, wrong

SIZE, BOUNDARY, TOGETHER = 64 * MIB, MIB // 4, 8
SEED, SAMPLE = 20261125, 16  # every 16th
FAULTS = ("503", "429", "reset", "cut", "flip", "silence")
PLACES = ("gs", "volume")
PATHS: dict[str, tuple[str, Scenario]] = {
    "upload": ("up", Up(SIZE)),
    "download": ("down", Down(SIZE)),
    "publish": ("up", Publish(SIZE)),
}


def cases(path: str, step: int = 1, start: int = 0) -> Iterator[Case]:
    """Every fault at every `step`th boundary, on every place."""
    way, scenario = PATHS[path]
    boundaries = range(start * BOUNDARY, SIZE, step * BOUNDARY)
    apart = len(boundaries) // TOGETHER
    for place in PLACES:
        for what in FAULTS:
            for first in range(apart):
                faults = tuple(Fault(what, way, at) for at in boundaries[first::apart])
                yield Case(place, path, scenario, faults, again=2 * len(faults))


def check(results: list[Result]) -> None:
    """Nothing is wrong, and every fault did happen."""
    assert wrong(results) == ""
    assert [str(result) for result in results if result.hits != len(result.case.faults)] == []


@pytest.mark.timeout(600)
def test_a_fault_at_some_boundaries(server: GcsServer, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    some = [case for path in PATHS for case in cases(path, SAMPLE, dice.randrange(SAMPLE))]
    results = list(play(some, server, tmp_path))
    told(results)
    check(results)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("path", PATHS)
def test_a_fault_at_every_boundary(path: str, server: GcsServer, tmp_path: Path) -> None:
    results = list(play(list(cases(path)), server, tmp_path))
    told(results)
    check(results)
