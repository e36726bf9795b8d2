"""Each request of each command meets each fault: the same command again leads to the right state.

`make test` takes one request of each command, store and fault, by a seed; `make soak` all.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.faults.commands import COMMANDS, PLACES
from tests.integration.faults.crew import Case, play
from tests.integration.faults.plan import Fault
from tests.integration.faults.told import told, wrong

SEED = 20261125
FAULTS = ("503", "429", "reset", "cut", "cut-sent", "lost", "flip", "silence", "mute")


def cases(server: GcsServer, scratch: Path, names: list[str]) -> Iterator[Case]:
    """As many requests as a command without faults needs."""
    clean = [Case(place, name, COMMANDS[name]) for name in names for place in PLACES]
    for result in play(clean, server, scratch):
        assert result.wrong == []
        for number in range(1, result.passed.requests + 1):
            for what in FAULTS:
                fault = Fault(what, at=number)
                yield Case(result.case.place, result.case.name, result.case.scenario, (fault,), again=1)


@pytest.mark.timeout(600)
def test_a_fault_at_some_requests(server: GcsServer, tmp_path: Path) -> None:
    alike: dict[tuple[str, str, str], list[Case]] = defaultdict(list)
    for case in sorted(cases(server, tmp_path, list(COMMANDS)), key=str):
        alike[case.name, case.place, case.faults[0].what].append(case)
    dice = random.Random(SEED)
    results = list(play([dice.choice(some) for some in alike.values()], server, tmp_path))
    told(results)
    assert wrong(results) == ""


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_at_every_request(name: str, server: GcsServer, tmp_path: Path) -> None:
    results = list(play(list(cases(server, tmp_path, [name])), server, tmp_path))
    told(results)
    assert wrong(results) == ""
