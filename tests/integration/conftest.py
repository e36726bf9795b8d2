"""One GCS server and one gateway for all tests of a session, and a place of its own for each test that wants one."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer, gcs_server
from tests.integration.gateway.server import MEMBER, Gateway, gateway


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


@pytest.fixture(scope="session")
def claim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("claim") / "root") as running:
        yield running


@pytest.fixture
def volume(claim: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a place of this test alone on a claim; the environment says how a pod gets there."""
    (tmp_path / "token").write_text(MEMBER)
    monkeypatch.setenv("FERRY_GATEWAY", claim.url)
    monkeypatch.setenv("FERRY_GATEWAY_TOKEN", str(tmp_path / "token"))
    return f"volume://claim/t{uuid.uuid4().hex[:12]}"


@pytest.fixture(params=["file", "gs", "volume"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind, which processes of this test can open too."""
    if request.param == "file":
        return (tmp_path / "store").as_uri()
    if request.param == "gs":
        return f"gs://{request.getfixturevalue('bucket')}/team"
    return str(request.getfixturevalue("volume"))
