"""Making the gateway of a claim, and looking whether it answers."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from trainferry.cluster import apply, kinds
from trainferry.cluster.api import Api
from trainferry.cluster.pod import age_key, condition, container, state
from trainferry.errors import Forbidden, Missing, Unreachable
from trainferry.manifests import gateway
from trainferry.manifests.gateway import Gateway
from trainferry.spec.volume import Volume

Object = dict[str, Any]

LONGEST = 240.0  # seconds: the claim's disk is made, a node may be added, the image is pulled
TICK = 0.5
CRASHES = 3  # of its container, after which waiting is of no use
NO_POD = ("no endpoints available", "error trying to reach service")  # the API server's words


class Starting(Unreachable):
    """It is there, and none of its pods is ready."""


def answers(api: Api, claim: str) -> None:
    """Return when it does. Raises Missing when there is none, Starting, Forbidden, Unreachable."""
    volume = Volume(claim)
    path = f"/api/v1/namespaces/{api.namespace}/services/{volume.proxied}/proxy/healthz"
    try:
        api.text(path)
    except Missing as error:
        raise Missing(f"claim {claim} has no gateway in namespace {api.namespace}") from error
    except Forbidden as error:
        right = f"services/proxy {volume.proxied}"
        hint = f"an administrator applies the tenant's Role again, with get, create, update and delete of {right}"
        raise Forbidden(error.message, hint) from error
    except Unreachable as error:
        if not any(words in error.message for words in NO_POD):
            raise
        raise Starting(f"the gateway of claim {claim} has no pod that is ready", _describe(api, claim)) from error


def create(api: Api, wanted: Gateway) -> Iterator[str]:
    """Send its objects, each told when it is there. A claim that exists stays as it is.

    Raises Missing for a namespace that is not there, Forbidden.
    """
    with suppress(Forbidden):  # who may make a gateway need not be one who may look at namespaces
        api.get(f"/api/v1/namespaces/{api.namespace}")
    for rendered in [*gateway.objects(wanted), gateway.people(api.namespace)]:
        name = f"{rendered['kind'].lower()} {rendered['metadata']['name']}"
        if _stays(rendered) and api.find(kinds.path_of(rendered, api.namespace, rendered["metadata"]["name"])):
            yield f"{name} is there"
            continue
        (made,) = apply.apply(api, [rendered])
        yield f"{name} {'created' if made.created else 'applied'}"


def wait(api: Api, claim: str, longest: float = LONGEST) -> None:
    """Until its pod is ready and answers. Raises Unreachable, with what the pod waits for or died of."""
    end = time.monotonic() + longest
    while not (_rolled_out(api, claim) and _answering(api, claim)):
        pod = _newest_pod(api, claim)
        crashed = container(pod, "gateway").get("restartCount", 0) >= CRASHES
        if crashed or time.monotonic() > end:
            how = "ends again and again" if crashed else f"is not ready after {longest:.0f} s"
            raise Unreachable(f"the gateway of claim {claim} {how}: {_reason(pod)}", _describe(api, claim))
        time.sleep(TICK)


def _stays(rendered: Object) -> bool:
    return rendered["kind"] in ("PersistentVolumeClaim", "ServiceAccount")


def _rolled_out(api: Api, claim: str) -> bool:
    name = Volume(claim).gateway
    found = api.get(kinds.path_of({"apiVersion": "apps/v1", "kind": "Deployment"}, api.namespace, name))
    status = found.get("status", {})
    current = status.get("observedGeneration", 0) >= found["metadata"].get("generation", 0)
    return bool(current and status.get("updatedReplicas") == status.get("availableReplicas") == 1)


def _answering(api: Api, claim: str) -> bool:
    try:
        answers(api, claim)
    except (Missing, Starting):
        return False  # the proxy learns of a new pod a moment later
    return True


def _newest_pod(api: Api, claim: str) -> Object:
    """{} when there is none."""
    pods = api.items(kinds.pods(api.namespace), {"labelSelector": _selector(claim)})
    return max(pods, key=age_key, default={})


def _reason(pod: Object) -> str:
    """The last words of its container, else why it waits."""
    if not pod:
        return "it has no pod"
    died = container(pod, "gateway").get("lastState", {}).get("terminated") or {}
    if died.get("message"):
        return str(died["message"]).strip().splitlines()[-1]
    told = condition(pod, "PodScheduled", "False") or state(pod, "gateway", "waiting")
    return " ".join(": ".join(filter(None, (told.get("reason"), told.get("message")))).split()) or "it does not answer"


def _describe(api: Api, claim: str) -> str:
    return f"kubectl --context {api.context} -n {api.namespace} describe pods -l {_selector(claim)}"


def _selector(claim: str) -> str:
    return ",".join(f"{name}={value}" for name, value in gateway.labels(claim).items())
