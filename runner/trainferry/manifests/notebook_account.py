"""Whom the SDK in a notebook is to the cluster, and the way to it: part of every tenant."""

from typing import Any

from trainferry.manifests.gateway import API_SERVER_PORTS, RBAC
from trainferry.manifests.labels import COMPONENT, OURS

Object = dict[str, Any]

NOTEBOOK = "notebook"  # the component
ACCOUNT = "ferry-notebook"  # one a namespace, whatever number of notebooks it has
READ = ["get", "list", "watch"]
# (API group, resources, verbs): to send runs and to look at them; nothing of a user's that has to do with other pods
RULES: tuple[tuple[str, list[str], list[str]], ...] = (
    ("batch", ["jobs"], [*READ, "create", "delete"]),
    ("", ["pods", "events"], READ),
    ("", ["pods/log"], ["get"]),
)


def account(namespace: str) -> list[Object]:
    """The ServiceAccount with its Role."""
    rules = [{"apiGroups": [group], "resources": what, "verbs": verbs} for group, what, verbs in RULES]
    return [
        _object("v1", "ServiceAccount", namespace, automountServiceAccountToken=False),
        _object(f"{RBAC}/v1", "Role", namespace, rules=rules),
        _object(
            f"{RBAC}/v1",
            "RoleBinding",
            namespace,
            roleRef={"apiGroup": RBAC, "kind": "Role", "name": ACCOUNT},
            subjects=[{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}],
        ),
    ]


def network(namespace: str) -> Object:
    """Out to the API server. To any address: where it is, its cluster alone knows, and a policy cannot ask."""
    out = [{"protocol": "TCP", "port": port} for port in API_SERVER_PORTS]
    spec = {
        "podSelector": {"matchLabels": {COMPONENT: NOTEBOOK}},
        "policyTypes": ["Egress"],
        "egress": [{"ports": out}],
    }
    return _object("networking.k8s.io/v1", "NetworkPolicy", namespace, spec=spec)


def _object(version: str, kind: str, namespace: str, **body: Any) -> Object:
    metadata = {"name": ACCOUNT, "namespace": namespace, "labels": dict(OURS)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
