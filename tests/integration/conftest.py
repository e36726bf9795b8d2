"""One GCS server for all tests of a session, and a bucket for each test that wants one."""

import uuid
from collections.abc import Iterator

import pytest

from tests.cluster.gcs_server import GcsServer, gcs_server


@pytest.fixture(scope="session")
def server() -> Iterator[GcsServer]:
    with gcs_server() as running:
        yield running


@pytest.fixture
def bucket(server: GcsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of this test alone; faults are injected with `server` and this name as the scope's beginning."""
    name = f"b{uuid.uuid4().hex[:12]}"
    server.make_bucket(name)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    yield name
    server.heal(f"{name}/")
