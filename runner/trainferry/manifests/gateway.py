"""The gateway of a claim: one small Deployment that makes a volume a store. k8s/gateway is this."""

from dataclasses import dataclass
from typing import Any

from trainferry.manifests.environment import entries
from trainferry.manifests.labels import CLAIM, COMPONENT, OURS
from trainferry.manifests.placement import off_gpu_nodes
from trainferry.manifests.security import own_security, pod_security
from trainferry.spec.volume import PORT, Volume

Object = dict[str, Any]

POD = {COMPONENT: "gateway"}  # the label of every gateway's pod
# Of the people whose context has a client certificate and so no token to show to a gateway: they ask for one of this.
PEOPLE = "ferry-people"
ACCOUNT = "ferry-gateway"  # one a namespace, whatever number of claims it has
ROOT = "/store"
SIZE = "50Gi"
GRACE = 30  # seconds for the answers that are under way; what is cut off goes on at the next gateway
RBAC = "rbac.authorization.k8s.io"
API_SERVER_PORTS = (443, 6443, 8443, 16443)  # of managed clusters, kubeadm, minikube, MicroK8s


@dataclass(frozen=True)
class Gateway:
    """`image`: the ferry image. `size`: of the claim when it is made, a Kubernetes quantity."""

    claim: str = "store"
    namespace: str = "ferry-tenant"
    image: str = "ferry"
    size: str = SIZE

    @property
    def name(self) -> str:
        """Of all its objects but claim and account."""
        return Volume(self.claim).gateway


def files(gateway: Gateway) -> dict[str, list[Object]]:
    """File name -> its objects, in the order in which they are applied: rights first, since most lack that one."""
    return {
        "access.yaml": [_review(gateway), _account(gateway)],
        "claim.yaml": [_claim(gateway)],
        "network.yaml": [_network(gateway)],
        "gateway.yaml": [_service(gateway), _deployment(gateway)],
    }


def objects(gateway: Gateway) -> list[Object]:
    """All of them."""
    return [each for part in files(gateway).values() for each in part]


def labels(claim: str) -> dict[str, str]:
    """Of the pods of a claim's gateway, for selectors."""
    return {**POD, CLAIM: claim}


def people(namespace: str) -> Object:
    """A name to show to gateways, without a right of its own. Part of a tenant, with or without a gateway."""
    metadata = {"name": PEOPLE, "namespace": namespace, "labels": dict(OURS)}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False}


def _review(gateway: Gateway) -> Object:
    """To ask whose a token is, and whether its owner may create Jobs here: it reads nothing, it changes nothing."""
    return _object(
        gateway,
        f"{RBAC}/v1",
        "ClusterRoleBinding",
        f"{ACCOUNT}-{gateway.namespace}",
        namespaced=False,
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": "system:auth-delegator"},
        subjects=[{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": gateway.namespace}],
    )


def _account(gateway: Gateway) -> Object:
    return _object(gateway, "v1", "ServiceAccount", ACCOUNT, automountServiceAccountToken=False)


def _claim(gateway: Gateway) -> Object:
    """Of the default storage class. Argo CD must not remove what people stored with what it deploys."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": gateway.size}}}
    found = _object(gateway, "v1", "PersistentVolumeClaim", gateway.claim, spec=spec)
    found["metadata"]["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
    return found


def _network(gateway: Gateway) -> Object:
    """Its one port, and the API server to ask.

    In: from any address, since people come through the API server or an ingress, which are no pods of this namespace
    and have addresses of their own on every cluster; who is calling is told by a token, never by the network.
    Out: to any address for the same reason; it resolves no name.
    """
    out = [{"protocol": "TCP", "port": port} for port in API_SERVER_PORTS]
    spec = {
        "podSelector": {"matchLabels": labels(gateway.claim)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": PORT}]}],
        "egress": [{"ports": out}],
    }
    return _object(gateway, "networking.k8s.io/v1", "NetworkPolicy", gateway.name, spec=spec)


def _service(gateway: Gateway) -> Object:
    ports = [{"name": "http", "port": PORT, "targetPort": "http"}]
    spec = {"selector": labels(gateway.claim), "ports": ports}
    return _object(gateway, "v1", "Service", gateway.name, spec=spec)


def _deployment(gateway: Gateway) -> Object:
    """One at a time (Recreate): a ReadWriteOnce claim is mounted on one node, and one process writes to it."""
    spec = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels(gateway.claim)},
        "template": {"metadata": {"labels": {**OURS, **labels(gateway.claim)}}, "spec": _pod(gateway)},
    }
    return _object(gateway, "apps/v1", "Deployment", gateway.name, spec=spec)


def _pod(gateway: Gateway) -> Object:
    return {
        "serviceAccountName": ACCOUNT,
        "automountServiceAccountToken": True,  # its own, to ask TokenReview with
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE,
        "securityContext": pod_security(),
        "affinity": off_gpu_nodes(),
        "containers": [_server(gateway)],
        "volumes": [
            {"name": "store", "persistentVolumeClaim": {"claimName": gateway.claim}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
        ],
    }


def _server(gateway: Gateway) -> Object:
    own = {
        "FERRY_GATEWAY_ROOT": ROOT,
        "FERRY_GATEWAY_PORT": str(PORT),
        "HOME": "/tmp",
        "PYTHONUNBUFFERED": "1",
    }
    where = {"name": "FERRY_GATEWAY_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    return {
        "name": "gateway",
        "image": gateway.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "trainferry.gateway"],
        "env": [*entries(own), where],
        "ports": [{"name": "http", "containerPort": PORT}],
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "256Mi"},
            "limits": {"memory": "512Mi", "ephemeral-storage": "256Mi"},
        },
        "readinessProbe": _answers(period=2),
        "livenessProbe": {**_answers(period=10), "initialDelaySeconds": 10, "failureThreshold": 6},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": own_security(),
        "volumeMounts": [{"name": "store", "mountPath": ROOT}, {"name": "tmp", "mountPath": "/tmp"}],
    }


def _answers(period: int) -> Object:
    return {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": period, "timeoutSeconds": 5}


def _object(gateway: Gateway, version: str, kind: str, name: str, *, namespaced: bool = True, **body: Any) -> Object:
    place = {"namespace": gateway.namespace} if namespaced else {}
    metadata = {"name": name, **place, "labels": {**OURS, **POD}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
