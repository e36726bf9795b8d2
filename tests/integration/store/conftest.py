"""Both kinds of store."""

from pathlib import Path

import pytest

from trainferry.store import Store, open_store


@pytest.fixture(params=["file", "gs"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "file":
        return open_store((tmp_path / "store").as_uri())
    return open_store(f"gs://{request.getfixturevalue('bucket')}/team/ferry")
