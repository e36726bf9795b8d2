"""One GCS server for all tests of a session, a bucket for each test, and both kinds of store."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer, gcs_server
from trainferry.store import Store, open_store


@pytest.fixture(scope="session")
def server() -> Iterator[GcsServer]:
    with gcs_server() as running:
        yield running


@pytest.fixture
def bucket(server: GcsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"b{uuid.uuid4().hex[:12]}"
    server.make_bucket(name)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    yield name
    server.heal(f"{name}/")


@pytest.fixture(params=["file", "gs"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "file":
        return open_store((tmp_path / "store").as_uri())
    return open_store(f"gs://{request.getfixturevalue('bucket')}/team/ferry")
