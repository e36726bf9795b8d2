"""Claims as stores: how people reach one, and how `ferry init` makes its gateway."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from trainferry.cluster import gateways
from trainferry.cluster.api import Api
from trainferry.cluster.door import door, readers_door
from trainferry.errors import BadInput, Forbidden, Missing
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.gateway import SIZE, Gateway
from trainferry.sdk.engine import Engine
from trainferry.sdk.kubernetes import KubernetesEngine
from trainferry.spec import volume
from trainferry.spec.settings import Settings
from trainferry.store import Store
from trainferry.store.http import Door, HttpStore


@dataclass(frozen=True)
class Offer:
    """What `ferry init` may do about a claim without a gateway: `yes` makes it, else `ask` decides; `size` is the
    claim's when there is none yet; `image` is only asked for when it is made."""

    image: Callable[[], AgentImage]
    yes: bool = False
    ask: Callable[[str], bool] = lambda question: False
    size: str = SIZE


def opened(url: str, settings: Settings, engine: Engine) -> Store:
    """The store of a claim, through the API server or the configured ingress. Raises BadInput without a cluster."""
    return HttpStore(url, way(url, settings, engine), volume.parse(url).prefix)


def way(url: str, settings: Settings, engine: Engine) -> Door:
    """To the gateway of a claim of the own namespace. Raises BadInput without a cluster."""
    return door(_api(url, engine), volume.parse(url).claim, settings.gateway_url)


def readers(url: str, namespace: str, engine: Engine) -> Door:
    """To what another namespace's claim shares with the user."""
    return readers_door(_api(url, engine), volume.parse(url).claim, namespace)


def check(settings: Settings, engine: Engine) -> str:
    """One line: the gateway answers. Raises what is wrong, with the command that mends it."""
    found, api = volume.parse(settings.store), _api(settings.store, engine)
    try:
        gateways.answers(api, found.claim)
    except Missing as error:
        raise Missing(error.message, f"ferry init --store {settings.store} --yes") from error
    return f"{found.gateway} in namespace {api.namespace} answers"


def offered(settings: Settings, engine: Engine, offer: Offer, typed: Mapping[str, str]) -> Iterator[str]:
    """The story of making the gateway, nothing when it answers. `typed`: the flags, for the command that is named.

    Raises BadInput when nobody said yes, Forbidden when an administrator has to do it, Unreachable.
    """
    found, api = volume.parse(settings.store), _api(settings.store, engine)
    try:
        return gateways.answers(api, found.claim)
    except Missing as error:
        wanted, reason = Gateway(found.claim, api.namespace, size=offer.size), error.message
    except gateways.Starting:
        yield f"waiting for the gateway of claim {found.claim}"
        return gateways.wait(api, found.claim)
    command = _command(typed)
    question = f"{reason}. Make it (a claim of {wanted.size} unless it is there, and one small Deployment)?"
    if not (offer.yes or offer.ask(question)):
        raise BadInput(reason, f"{command}   or  kubectl apply -k k8s/gateway")
    yield from _made(api, Gateway(wanted.claim, wanted.namespace, offer.image().image, wanted.size), command)


def _made(api: Api, wanted: Gateway, command: str) -> Iterator[str]:
    try:
        yield from gateways.create(api, wanted)
    except Forbidden as error:
        raise Forbidden(error.message, f"an administrator makes the gateway: {command}") from error
    yield "waiting for the gateway"
    gateways.wait(api, wanted.claim)
    yield f"{wanted.name} answers"


def _command(typed: Mapping[str, str]) -> str:
    """What was typed, with --yes."""
    words = [word for name, value in typed.items() for word in (f"--{name.replace('_', '-')}", value)]
    return shlex.join(["ferry", "init", *words, "--yes"])


def _api(url: str, engine: Engine) -> Api:
    if not isinstance(engine, KubernetesEngine):
        raise volume.no_cluster(url)
    return engine.cluster.api
