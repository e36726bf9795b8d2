"""What every store does, over a claim of the real cluster: its gateway, reached through the API server."""

import uuid

import pytest

from tests.e2e import volumes
from tests.e2e.volume.conftest import Sea
from tests.integration.store.test_behaviour import *  # noqa: F403
from trainferry.store import Store


@pytest.fixture
def store(sea: Sea) -> Store:
    return volumes.opened(sea.project, f"{sea.project.store}/{uuid.uuid4().hex}")
