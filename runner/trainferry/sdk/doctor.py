"""`ferry doctor`: everything a run needs, asked one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trainferry.errors import FerryError
from trainferry.ship import image
from trainferry.spec import request
from trainferry.spec.settings import Settings
from trainferry.store import open_store

PROBE = "doctor/probe"


@dataclass(frozen=True)
class Check:
    """One question and its answer; `detail` is one line, `error` what was raised instead of an answer."""

    check: str
    detail: str
    error: FerryError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


def examine(settings: Settings) -> Iterator[Check]:
    """All the checks that make sense for the configured engine, each asked when it is its turn."""
    return (_asked(name, ask) for name, ask in _questions(settings))


def _questions(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"engine {settings.engine}, {settings.root}"
    if settings.engine == "kubernetes":
        from trainferry.cluster import discovery
        from trainferry.sdk.kubernetes import KubernetesEngine

        engine = KubernetesEngine(settings, lambda: open_store(settings.store))
        yield "cluster", lambda: discovery.server(engine.cluster)
        yield "permissions", lambda: discovery.permissions(engine.cluster)
        yield "gpus", lambda: discovery.gpus(engine.cluster)
    yield "store", lambda: _store(settings)
    if settings.registry:
        yield "docker", image.daemon


def _asked(name: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(name, ask())
    except FerryError as error:
        return Check(name, str(error), error)


def _store(settings: Settings) -> str:
    """Write, read back, delete."""
    store = open_store(request.store(settings))
    store.put(PROBE, b"ferry")
    read = store.get(PROBE)
    store.delete(PROBE)
    return f"{store.url}: read, write{'' if read == b'ferry' else ' (other bytes came back)'}"
