"""A tenant: a namespace with what its user may do, how much, and with whom its pods may talk. k8s/tenant is this."""

from dataclasses import dataclass
from typing import Any

from trainferry.manifests import gateway, notebook_account
from trainferry.manifests.labels import OURS
from trainferry.spec.volume import PORT, Volume

Object = dict[str, Any]

READ = ["get", "list", "watch"]
# (API group, resources, verbs): what the commands need, one by one; no secrets, no exec, no wildcard.
RULES: tuple[tuple[str, list[str], list[str]], ...] = (
    ("batch", ["jobs"], [*READ, "create", "patch", "delete"]),
    ("apps", ["deployments"], [*READ, "create", "patch", "delete"]),  # ferry tensorboard --in-cluster
    ("", ["pods", "events", "resourcequotas", "limitranges"], READ),
    ("", ["pods/log"], ["get"]),
    ("", ["pods/portforward"], ["get", "create"]),
    ("kueue.x-k8s.io", ["workloads", "localqueues"], READ),  # ferry why
)
RBAC = "rbac.authorization.k8s.io"
READER = "ferry-share-reader"
PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
NODE_LOCAL_DNS = "169.254.20.10/32"


@dataclass(frozen=True)
class Tenant:
    """`identity`: the user's name as the cluster knows it. Quantities are Kubernetes strings.

    `claims`: those that a gateway makes stores (manifests/gateway.py). `readers`: (User or Group, name) of whom shares
    may be made out to, for example ("Group", "system:serviceaccounts:bob") for all of namespace bob.
    """

    name: str = "ferry-tenant"
    identity: str = "user@example.com"
    gpus: int = 2
    cpu: str = "32"
    memory: str = "128Gi"
    storage: str = "500Gi"  # of the nodes' disks
    runs: int = 100  # Jobs that exist, finished ones included
    claims: tuple[str, ...] = ("store",)
    readers: tuple[tuple[str, str], ...] = ()


def files(tenant: Tenant) -> dict[str, list[Object]]:
    """File name -> its objects, in the order in which they are applied."""
    return {
        "namespace.yaml": [_namespace(tenant)],
        "access.yaml": [
            _account(tenant),
            gateway.people(tenant.name),
            _user_role(tenant),
            _user_binding(tenant),
            *notebook_account.account(tenant.name),
            *_readers(tenant),
        ],
        "limits.yaml": [_quota(tenant), _defaults(tenant)],
        "network.yaml": [
            _closed(tenant),
            _dns(tenant),
            _store(tenant),
            _gateways(tenant),
            notebook_account.network(tenant.name),
        ],
    }


def objects(tenant: Tenant) -> list[Object]:
    """All of them, the namespace first."""
    return [each for part in files(tenant).values() for each in part]


def _namespace(tenant: Tenant) -> Object:
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    found = _object("v1", "Namespace", tenant.name, "")
    found["metadata"]["labels"].update(levels)
    return found


def _account(tenant: Tenant) -> Object:
    """Of the pods, for buckets: `service_account = "ferry"` in ferry.toml, and IAM names it. It may do nothing here."""
    return _object("v1", "ServiceAccount", "ferry", tenant.name, automountServiceAccountToken=False)


def _user_role(tenant: Tenant) -> Object:
    rules = [{"apiGroups": [group], "resources": what, "verbs": verbs} for group, what, verbs in RULES]
    rules += _through_the_gateways(tenant, ["get", "create", "update", "delete"])
    rules.append(_named("serviceaccounts/token", [gateway.PEOPLE], ["create"]))
    return _role(tenant, "ferry-user", rules)


def _user_binding(tenant: Tenant) -> Object:
    return _binding(tenant, "ferry-user", (("User", tenant.identity),))


def _readers(tenant: Tenant) -> list[Object]:
    """Who may come as far as the gateway; what is opened there is said by each share."""
    if not tenant.claims:
        return []
    role = _role(tenant, READER, _through_the_gateways(tenant, ["get"]))
    return [role, _binding(tenant, READER, tenant.readers)] if tenant.readers else [role]


def _through_the_gateways(tenant: Tenant, verbs: list[str]) -> list[Object]:
    """The API server's service proxy, to these Services by name and to no other."""
    names = [Volume(claim).proxied for claim in tenant.claims]
    return [_named("services/proxy", names, verbs)] if names else []


def _named(resource: str, names: list[str], verbs: list[str]) -> Object:
    return {"apiGroups": [""], "resources": [resource], "resourceNames": names, "verbs": verbs}


def _role(tenant: Tenant, name: str, rules: list[Object]) -> Object:
    return _object(f"{RBAC}/v1", "Role", name, tenant.name, rules=rules)


def _binding(tenant: Tenant, name: str, subjects: tuple[tuple[str, str], ...]) -> Object:
    """The Role of this name, for its subjects."""
    return _object(
        f"{RBAC}/v1",
        "RoleBinding",
        name,
        tenant.name,
        roleRef={"apiGroup": RBAC, "kind": "Role", "name": name},
        subjects=[{"apiGroup": RBAC, "kind": kind, "name": subject} for kind, subject in subjects],
    )


def _quota(tenant: Tenant) -> Object:
    hard = {
        "requests.nvidia.com/gpu": str(tenant.gpus),
        "requests.cpu": tenant.cpu,
        "requests.memory": tenant.memory,
        "limits.memory": tenant.memory,
        "requests.ephemeral-storage": tenant.storage,
        "count/jobs.batch": str(tenant.runs),
    }
    return _object("v1", "ResourceQuota", "ferry-quota", tenant.name, spec={"hard": hard})


def _defaults(tenant: Tenant) -> Object:
    """For pods that are not ours and ask for nothing: the quota would refuse them otherwise."""
    asked = {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "1Gi"}
    most = {"memory": "256Mi", "ephemeral-storage": "1Gi"}
    container = {"type": "Container", "default": most, "defaultRequest": asked}
    return _object("v1", "LimitRange", "ferry-defaults", tenant.name, spec={"limits": [container]})


def _closed(tenant: Tenant) -> Object:
    return _network(tenant, "closed", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def _dns(tenant: Tenant) -> Object:
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    server = {"namespaceSelector": system, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return _egress(tenant, "dns", [server, {"ipBlock": {"cidr": NODE_LOCAL_DNS}}], ports)


def _store(tenant: Tenant) -> Object:
    """Buckets and package indexes over TLS; nothing inside the cluster, nothing of the node."""
    public = {"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}}
    return _egress(tenant, "store", [public], [{"protocol": "TCP", "port": 443}])


def _gateways(tenant: Tenant) -> Object:
    """Runs fetch and publish through the gateway of their own namespace; it opens its side itself."""
    pods = {"podSelector": {"matchLabels": gateway.POD}}
    return _egress(tenant, "gateway", [pods], [{"protocol": "TCP", "port": PORT}])


def _egress(tenant: Tenant, name: str, to: list[Object], ports: list[Object]) -> Object:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": to, "ports": ports}]}
    return _network(tenant, f"egress-{name}", spec)


def _network(tenant: Tenant, name: str, spec: Object) -> Object:
    return _object("networking.k8s.io/v1", "NetworkPolicy", f"ferry-{name}", tenant.name, spec=spec)


def _object(version: str, kind: str, name: str, namespace: str, **body: Any) -> Object:
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **place, "labels": dict(OURS)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
