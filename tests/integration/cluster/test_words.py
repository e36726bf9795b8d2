"""Fetching, Running, Saving: told by what a pod says."""

import pytest

from tests.integration.cluster.apiserver import ApiServer, Line
from tests.unit.cluster.objects import JOBS, PODS, RUNNING, job, pod
from trainferry.agent.words import ENDED, READY
from trainferry.cluster import words
from trainferry.cluster.client import Cluster

FETCHED = "fetched cifar10: 3.1 s"


def say(server: ApiServer, *lines: str) -> None:
    server.logs["p1/agent"] = [Line(f"2026-11-24T00:00:0{n}Z", f"{line}\n".encode()) for n, line in enumerate(lines)]


@pytest.fixture
def begun(server: ApiServer) -> ApiServer:
    """A run whose two containers run."""
    made = server.put(f"{JOBS}/base-1", job())
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.logs["p1"] = []
    return server


@pytest.mark.parametrize(
    ("lines", "phase"),
    [
        ((), "Fetching"),
        ((FETCHED,), "Fetching"),
        ((FETCHED, READY), "Running"),
        ((FETCHED, READY, ENDED), "Saving"),
    ],
)
def test_the_agents_words_tell_the_phase(
    begun: ApiServer, cluster: Cluster, lines: tuple[str, ...], phase: str
) -> None:
    say(begun, *lines)
    assert cluster.status("base-1").phase == phase


def test_without_an_agent_the_trainers_first_byte_tells(begun: ApiServer, cluster: Cluster) -> None:
    begun.logs["p1"] = [Line("2026-11-24T00:00:00Z", b"epoch 1\n")]
    assert cluster.status("base-1").phase == "Running"


def test_a_watcher_does_not_go_back_when_the_log_cannot_be_read(begun: ApiServer, cluster: Cluster) -> None:
    hearing, status = words.Hearing(cluster.api), next(cluster.watch("base-1"))
    say(begun, READY)
    assert hearing.refined(status).phase == "Running"
    say(begun)
    assert hearing.refined(status).phase == "Running"
