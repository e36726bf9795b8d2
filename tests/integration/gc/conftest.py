"""A store of each kind, impatient collectors, and a project whose engine knows what the test says."""

from pathlib import Path
from typing import Any

import pytest

from trainferry.runs import lease
from trainferry.runs.phases import RunRow
from trainferry.sdk.ferry import Ferry
from trainferry.store import Store, open_store


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FERRY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(lease, "PAUSE", 0.01)


@pytest.fixture
def store(url: str) -> Store:
    return open_store(url)


class Engine:
    """Only what a collection asks."""

    def __init__(self, *rows: RunRow) -> None:
        self.rows = list(rows)

    def runs(self) -> list[RunRow]:
        return self.rows


def ferry(store: Any, *rows: RunRow, shelf: Any = None) -> Ferry:
    """Whose store is this one, and whose engine knows these runs."""
    made = Ferry()
    made.store, made.engine = store, Engine(*rows)  # type: ignore[assignment]
    made._shelf = shelf or store
    return made
