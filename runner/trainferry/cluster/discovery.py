"""What `ferry doctor` and `ferry init` ask a cluster."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.errors import Forbidden, Missing

if TYPE_CHECKING:
    from trainferry.cluster.client import Cluster

Object = dict[str, Any]

GPU = "nvidia.com/gpu"
CARD_LABELS = ("cloud.google.com/gke-accelerator", "nvidia.com/gpu.product")

# (verb, group, resource, subresource): what the verbs of ferry need, in one namespace
NEEDED = (
    ("create", "batch", "jobs", ""),
    ("get", "batch", "jobs", ""),
    ("list", "batch", "jobs", ""),
    ("watch", "batch", "jobs", ""),
    ("delete", "batch", "jobs", ""),
    ("get", "", "pods", ""),
    ("list", "", "pods", ""),
    ("watch", "", "pods", ""),
    ("get", "", "pods", "log"),
)


@dataclass(frozen=True)
class Cards:
    """GPUs of one kind: `card` is the node label's value; `free` is None when not all pods may be read."""

    card: str
    total: int
    free: int | None


def server(cluster: "Cluster") -> str:
    """One line: where, which version, which namespace."""
    version = cluster.api.get("/version")["gitVersion"]
    place = f"context {cluster.context}, namespace {cluster.namespace}"
    return f"{cluster.api.channel.server}: Kubernetes {version.lstrip('v')}, {place}"


def permissions(cluster: "Cluster") -> str:
    """One line. Raises Missing for a namespace that is not there, Forbidden that names every right that is missing."""
    with suppress(Forbidden):  # an ordinary user may not look at namespaces
        cluster.api.get(f"/api/v1/namespaces/{cluster.namespace}")
    missing = [name for name, allowed in may(cluster.api).items() if not allowed]
    if missing:
        raise Forbidden(
            f"context {cluster.context} may not {', '.join(missing)} in namespace {cluster.namespace}",
            f"kubectl --context {cluster.context} auth can-i --list -n {cluster.namespace}",
        )
    return f"namespace {cluster.namespace}: you may create and delete Jobs, watch pods, read logs"


def gpus(cluster: "Cluster") -> str:
    """One line, also when nodes may not be read."""
    found = cards(cluster.api)
    queues = queue_names(cluster.api)
    suffix = f"; Kueue queues: {', '.join(queues)}" if queues else ""
    if found is None:
        return "nodes may not be read, so the cards are not known" + suffix
    shown = [f"{c.total}x {c.card}" + ("" if c.free is None else f" ({c.free} free)") for c in found]
    return (", ".join(shown) or "no node has a GPU") + suffix


def may(api: Api) -> dict[str, bool]:
    """ "create jobs" -> allowed, for everything ferry needs."""
    return {f"{verb} {'/'.join(filter(None, place[1:]))}": _may(api, verb, *place) for verb, *place in NEEDED}


def cards(api: Api) -> list[Cards] | None:
    """GPUs by kind; None when nodes may not be read."""
    try:
        nodes = api.items("/api/v1/nodes")
    except Forbidden:
        return None
    used = _used(api)
    total, free = Counter[str](), Counter[str]()
    for node in nodes:
        count = int(node["status"].get("allocatable", {}).get(GPU, 0))
        if count:
            card = _card(node)
            total[card] += count
            free[card] += count - (used or {}).get(node["metadata"]["name"], 0)
    return [Cards(card, total[card], None if used is None else free[card]) for card in sorted(total)]


def queue_names(api: Api) -> list[str]:
    """Kueue's LocalQueues of the namespace; none when there is no Kueue, or they may not be read."""
    try:
        page = api.get(f"/apis/kueue.x-k8s.io/v1beta1/namespaces/{api.namespace}/localqueues")
    except (Missing, Forbidden):
        return []
    return sorted(item["metadata"]["name"] for item in page["items"])


def _may(api: Api, verb: str, group: str, resource: str, subresource: str) -> bool:
    asked = {"namespace": api.namespace, "verb": verb, "group": group, "resource": resource, "subresource": subresource}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    answer = api.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=review)
    return bool(answer["status"].get("allowed"))


def _card(node: Object) -> str:
    labels = node["metadata"].get("labels") or {}
    return next((labels[name] for name in CARD_LABELS if name in labels), "GPU of no known kind")


def _used(api: Api) -> dict[str, int] | None:
    """Node -> GPUs that pods hold; None when the pods of all namespaces may not be read."""
    used: Counter[str] = Counter()
    query = {"fieldSelector": "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"}
    try:
        for pod in api.items(kinds.pods(), query):
            used[pod["spec"]["nodeName"]] += _asked(pod)
    except Forbidden:
        return None
    return used


def _asked(pod: Object) -> int:
    containers = pod["spec"].get("containers") or []
    return sum(int(c.get("resources", {}).get("limits", {}).get(GPU, 0)) for c in containers)
