"""`ferry init`: one small file, and a look whether what it names would work."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trainferry.errors import BadInput
from trainferry.manifests.gateway import SIZE
from trainferry.sdk.doctor import examine
from trainferry.sdk.prepare import Preparer
from trainferry.spec import quantities, request, settings, volume
from trainferry.spec.settings import Settings
from trainferry.store import open_store
from trainferry.store.os_errors import translated

FILE = "ferry.toml"
# the other checks of `ferry doctor` may fail: a build may come later
NEEDED = ("cluster", "gateway", "store", "permissions")


@dataclass(frozen=True)
class Consent:
    """`yes` to all that has to be asked: to replace ferry.toml, to make a claim's gateway; else `ask` decides.

    `size` is that of a claim which is made.
    """

    yes: bool = False
    ask: Callable[[str], bool] = lambda question: False
    size: str = SIZE


def init(values: dict[str, str], consent: Consent, folder: Path | None = None) -> Iterator[str]:
    """Write ferry.toml into `folder` (the current one) and yield the story. Raises before anything is written."""
    target = (folder or Path.cwd()) / FILE
    if target.exists() and not consent.yes:
        raise BadInput(f"{target.name} is here already", "ferry init --yes replaces it")
    found = settings.load(values, os.environ, target.parent, file=False)
    if volume.is_volume(found.store):
        yield from _gateway(found, values, consent)
    if found.engine == "kubernetes":
        yield from _look(found)
    else:
        open_store(found.store)
        yield f"no cluster configured: runs will execute on this machine (engine: local, store: {found.store})"
    with translated(target):
        settings.write(target, values)
    yield f"wrote {FILE}"


def _gateway(found: Settings, values: dict[str, str], consent: Consent) -> Iterator[str]:
    """A claim is a store once its gateway answers: made when it is not there and somebody says yes."""
    from trainferry.sdk import volumes  # the cluster's packages: only who has one pays
    from trainferry.sdk.kubernetes import KubernetesEngine

    request.store(found)
    told: list[str] = []
    engine = KubernetesEngine(found, lambda: open_store(found.store))
    preparer = Preparer(found, engine.store, told.append)
    offer = volumes.Offer(
        image=lambda: preparer.agent(build=True),
        yes=consent.yes,
        ask=consent.ask,
        size=quantities.memory(consent.size, "--size"),
    )
    for line in volumes.offered(found, engine, offer, values):
        yield from (told.pop(0) for _ in range(len(told)))
        yield line


def _look(found: Settings) -> Iterator[str]:
    """What the cluster says. Raises what makes runs impossible; the rest is told."""
    for result in examine(found):
        if result.error is not None and result.check in NEEDED:
            raise result.error
        yield f"{result.check}: {'ok' if result.ok else 'FAILED'}  {result.detail}".rstrip()
