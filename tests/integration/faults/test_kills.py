"""kill -9 at a random byte, request or moment of each command, and of the gateway in the middle of it.

Nothing is lost and nothing half visible; the same command again completes what was begun; what is left lies only where
`ferry gc` looks. `make test` kills a few, by a seed; `make soak` 500.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.faults.commands import COMMANDS
from tests.integration.faults.crew import Case, Result, play
from tests.integration.faults.plan import Fault, Plan
from tests.integration.faults.told import told, wrong

SEED = 20261125
VICTIMS = (("gs", "command"), ("volume", "command"), ("volume", "gateway"))
SAMPLE, ALL = 1, 30  # of each command, store and victim: 18, and 540
AFTERWARDS = 0.03  # seconds after the last request began: what is durable, renamed, tidied up


def cases(each: int, server: GcsServer, scratch: Path) -> Iterator[Case]:
    """Kills all over what a command without them sends and receives."""
    dice = random.Random(SEED)
    clean = [Case(place, name, COMMANDS[name]) for name in COMMANDS for place in ("gs", "volume")]
    passed = {}
    for result in play(clean, server, scratch):
        assert result.wrong == []
        passed[result.case.name, result.case.place] = result.passed
    for name, scenario in COMMANDS.items():
        for place, victim in VICTIMS:
            for _ in range(each):
                fault = _moment(dice, passed[name, place])
                yield Case(place, name, scenario, (fault,), again=2, victim=victim)


def _moment(dice: random.Random, passed: Plan) -> Fault:
    """Half of them by bytes, where there are many; the others before a request, or in its last moments."""
    way = max(("up", "down"), key=lambda way: getattr(passed, way))
    if dice.random() < 0.5 and getattr(passed, way) > passed.requests:
        return Fault("kill", way, dice.randrange(getattr(passed, way)))
    number = dice.randint(1, passed.requests)
    if dice.random() < 0.5:
        return Fault("kill", at=number)
    late = passed.requests if dice.random() < 0.5 else number
    return Fault("kill", at=late, delay=dice.uniform(0.0005, AFTERWARDS))


def _check(results: list[Result]) -> None:
    told(results)
    assert wrong(results) == ""


@pytest.mark.timeout(600)
def test_some_kills(server: GcsServer, tmp_path: Path) -> None:
    _check(list(play(list(cases(SAMPLE, server, tmp_path)), server, tmp_path)))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_500_kills(server: GcsServer, tmp_path: Path) -> None:
    results = list(play(list(cases(ALL, server, tmp_path)), server, tmp_path))
    _check(results)
    assert sum(result.hits for result in results) >= 500
