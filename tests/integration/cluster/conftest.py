"""A server and a cluster that talks to it, impatient enough for tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cluster.apiserver import ApiServer, serving
from trainferry.cluster.api import Limits
from trainferry.cluster.client import Cluster, connect

IMPATIENT = Limits(connect=1, read=1, silence=1.5, patience=2, tries=3, pause=0.02, longest_pause=0.2)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def cluster(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path)))
    return connect("here", "alice", IMPATIENT)
