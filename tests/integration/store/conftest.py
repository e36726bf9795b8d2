"""Each kind of store: a folder, a bucket, a claim behind a gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.server import Gateway, gateway
from trainferry.store import Store, open_store


@pytest.fixture(scope="session")
def claim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("claim") / "root") as running:
        yield running


@pytest.fixture(params=["file", "gs", "volume"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "file":
        return open_store((tmp_path / "store").as_uri())
    if request.param == "gs":
        return open_store(f"gs://{request.getfixturevalue('bucket')}/team/ferry")
    return request.getfixturevalue("claim").store(f"{tmp_path.name}/team")
