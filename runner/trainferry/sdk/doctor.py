"""`ferry doctor`: everything a run needs, asked one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainferry.errors import FerryError
from trainferry.ship import image
from trainferry.store import Store

if TYPE_CHECKING:
    from trainferry.sdk.ferry import Ferry

PROBE = "doctor/probe"


@dataclass(frozen=True)
class Check:
    """One question and its answer; `detail` is one line."""

    check: str
    ok: bool
    detail: str


def examine(ferry: "Ferry") -> list[Check]:
    """All the checks that make sense for the configured engine; none of them changes anything that stays."""
    return [_asked(name, ask) for name, ask in _questions(ferry)]


def _questions(ferry: "Ferry") -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"engine {ferry.settings.engine}, {ferry.settings.root}"
    yield "store", lambda: _store(ferry.store)
    if ferry.settings.engine == "kubernetes":
        from trainferry.cluster import discovery
        from trainferry.sdk.kubernetes import KubernetesEngine

        cluster = KubernetesEngine(ferry.settings, lambda: ferry.store).cluster
        yield "cluster", lambda: discovery.server(cluster)
        yield "permissions", lambda: discovery.permissions(cluster)
        yield "gpus", lambda: discovery.gpus(cluster)
    if ferry.settings.registry:
        yield "docker", image.daemon


def _asked(name: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(name, True, ask())
    except FerryError as error:
        return Check(name, False, str(error))


def _store(store: Store) -> str:
    """Write, read back, delete."""
    store.put(PROBE, b"ferry")
    read = store.get(PROBE)
    store.delete(PROBE)
    return f"{store.url}: read, write{'' if read == b'ferry' else ' (other bytes came back)'}"
