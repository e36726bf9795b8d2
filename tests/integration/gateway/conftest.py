"""A gateway for tests that leave it as it was, and one of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.outside import beside
from tests.integration.gateway.server import Gateway, gateway


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("shared") / "claim") as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Gateway]:
    with gateway(tmp_path / "claim") as running:
        yield running


@pytest.fixture
def outside(own: Gateway) -> Path:
    return beside(own)
