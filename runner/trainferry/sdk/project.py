"""What all verbs share: the settings that hold here, the store, the engine, and which run is meant."""

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from trainferry.errors import BadInput, Missing
from trainferry.runs import reader
from trainferry.runs.phases import Status
from trainferry.sdk import kept, names, stores
from trainferry.sdk.engine import Engine
from trainferry.sdk.kept import Found
from trainferry.spec import settings as settings_module
from trainferry.store import Store

Story = Callable[[str], None]


def silent(line: str) -> None:
    """The story nobody listens to."""


class Project:
    """One project on one engine. Keyword arguments win over FERRY_*, ferry.toml and the user's config."""

    def __init__(self, story: Story = silent, cwd: Path | None = None, **flags: str | None) -> None:
        self.settings = settings_module.load(flags, os.environ, cwd or Path.cwd())
        self.story = story

    @cached_property
    def store(self) -> Store:
        """Where data, code and results live."""
        return self._open(self.settings.store)

    @cached_property
    def engine(self) -> Engine:
        """The cluster when one is configured, else this machine."""
        if self.settings.engine == "kubernetes":
            from trainferry.sdk.kubernetes import KubernetesEngine

            return KubernetesEngine(self.settings, lambda: self.store)
        from trainferry.local.engine import LocalEngine

        return LocalEngine()

    def _open(self, url: str) -> Store:
        """The store at `url`, as this engine's user reaches it."""
        return stores.opened(url, self.settings, lambda: self.engine)

    def _needs_cluster(self, verb: str) -> None:
        if self.settings.engine != "kubernetes":
            raise BadInput(f"{verb} needs a cluster and none is configured", "ferry init --context NAME")

    def _where(self) -> str:
        return f"in namespace {self.settings.namespace}" if self.settings.engine == "kubernetes" else "on this machine"

    def _found(self, name: str) -> Found:
        """The run that is meant, of the engine's, else of the store's. A run knows its own store."""
        try:
            row = names.find(self.engine.runs(), name, self._where())
        except Missing:
            return Found(names.find_in_store(self.store, name, self._where()), self.store, known=False)
        own = row.store and row.store != self.settings.store
        return Found(row.run, self._open(row.store) if own else self.store, known=True)

    def _status(self, found: Found) -> Status:
        return self.engine.status(found.run) if found.known else kept.status(reader.manifest(found.store, found.run))
