"""Making the gateway of a claim, and looking whether it answers."""

import time
from collections.abc import Iterator
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
    """Send its objects, each told when it is there. A claim that exists stays as it is. Raises Forbidden."""
    for rendered in [*gateway.objects(wanted), gateway.people(api.namespace)]:
        name = f"{rendered['kind'].lower()} {rendered['metadata']['name']}"
        if _stays(rendered) and api.find(kinds.path_of(rendered, api.namespace, rendered["metadata"]["name"])):
            yield f"{name} is there"
            continue
        (made,) = apply.apply(api, [rendered])
        yield f"{name} {'created' if made.created else 'applied'}"


def wait(api: Api, claim: str, longest: float = LONGEST) -> None:
    """Until its pod is ready and answers. Raises Unreachable, with what the pod waits for."""
    end = time.monotonic() + longest
    while not (_rolled_out(api, claim) and _answering(api, claim)):
        if time.monotonic() > end:
            why, hint = _reason(api, claim)
            raise Unreachable(f"the gateway of claim {claim} is not ready after {longest:.0f} s: {why}", hint)
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


def _reason(api: Api, claim: str) -> tuple[str, str]:
    """Why its newest pod is not ready, and the command that tells more."""
    pods = sorted(api.items(kinds.pods(api.namespace), {"labelSelector": _selector(claim)}), key=age_key)
    if not pods:
        return "it has no pod", f"kubectl --context {api.context} -n {api.namespace} get events"
    newest = pods[-1]
    unscheduled = condition(newest, "PodScheduled", "False")
    stuck = state(newest, "gateway", "waiting") or container(newest, "gateway").get("lastState", {}).get("terminated")
    told = unscheduled or stuck or {}
    why = ": ".join(filter(None, (told.get("reason"), told.get("message"))))
    return " ".join(why.split()) or "it does not answer", _describe(api, claim)


def _describe(api: Api, claim: str) -> str:
    return f"kubectl --context {api.context} -n {api.namespace} describe pods -l {_selector(claim)}"


def _selector(claim: str) -> str:
    return ",".join(f"{name}={value}" for name, value in gateway.labels(claim).items())
