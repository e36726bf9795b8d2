"""`ferry doctor`: everything a run needs, asked one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from trainferry.errors import FerryError
from trainferry.sdk import stores
from trainferry.ship import image
from trainferry.spec import request, volume
from trainferry.spec.settings import Settings
from trainferry.store import Store, open_store

PROBE = "doctor/probe"
HINT = "hint"  # the name of a line that nobody has to act on


@dataclass(frozen=True)
class Check:
    """One question and its answer; `detail` is one line, `error` what was raised instead of an answer."""

    check: str
    detail: str
    error: FerryError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def result(self) -> str:
        """One word: ok, FAILED or -."""
        return "FAILED" if self.error else "-" if self.check == HINT else "ok"


def examine(settings: Settings) -> Iterator[Check]:
    """All the checks that make sense for the configured engine, each asked when it is its turn."""
    return (_asked(name, ask) for name, ask in _questions(settings))


def _questions(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"engine {settings.engine}, {settings.root}"
    if settings.engine == "kubernetes":
        yield from _cluster_questions(settings)
    else:
        yield "store", lambda: _store(open_store(request.store(settings)))
    yield from _bucket(settings)
    if settings.registry:
        yield "docker", image.daemon


def _cluster_questions(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    from trainferry.cluster import discovery
    from trainferry.sdk.kubernetes import KubernetesEngine

    engine = KubernetesEngine(settings, lambda: stores.opened(request.store(settings), settings, lambda: engine))
    yield "cluster", lambda: discovery.server(engine.cluster)
    yield "permissions", lambda: discovery.permissions(engine.cluster)
    yield "gpus", lambda: discovery.gpus(engine.cluster)
    if volume.is_volume(settings.store):
        from trainferry.sdk import volumes

        yield "gateway", lambda: volumes.check(settings, engine)
    yield "store", lambda: _store(engine.store())


def _bucket(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    """What its settings mean, where the store is in one and they can be seen."""
    bucket, _, prefix = settings.store.removeprefix("gs://").partition("/")
    if not settings.store.startswith("gs://"):
        return
    from trainferry.store import gcs_hints  # the google packages cost 0.3 s: only who has a bucket pays

    try:
        place, hints = gcs_hints.look(bucket, prefix.strip("/"))
    except FerryError:
        return  # the check of the store has said why
    yield "bucket", lambda: place
    for hint in hints:
        yield HINT, partial(str, hint)


def _asked(name: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(name, ask())
    except FerryError as error:
        return Check(name, str(error), error)


def _store(store: Store) -> str:
    """Write, read back, delete."""
    store.put(PROBE, b"ferry")
    read = store.get(PROBE)
    store.delete(PROBE)
    return f"{store.url}: read, write{'' if read == b'ferry' else ' (other bytes came back)'}"
