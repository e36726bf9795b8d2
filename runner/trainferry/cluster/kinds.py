"""Where the kinds of objects live that ferry makes."""

from typing import Any

from trainferry.errors import BadInput
from trainferry.manifests import labels

MANAGED = f"{labels.MANAGED_BY}={labels.OURS[labels.MANAGED_BY]}"  # the selector of all that is ours
JOB_NAME = "batch.kubernetes.io/job-name"  # the Job controller's own label on its pods
TRAINER, AGENT = "trainer", "agent"  # containers

PLURALS = {
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "LimitRange"): "limitranges",
    ("v1", "PersistentVolumeClaim"): "persistentvolumeclaims",
    ("v1", "ResourceQuota"): "resourcequotas",
    ("v1", "Secret"): "secrets",
    ("v1", "Service"): "services",
    ("v1", "ServiceAccount"): "serviceaccounts",
    ("apps/v1", "Deployment"): "deployments",
    ("batch/v1", "Job"): "jobs",
    ("coordination.k8s.io/v1", "Lease"): "leases",
    ("networking.k8s.io/v1", "NetworkPolicy"): "networkpolicies",
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): "clusterrolebindings",
    ("rbac.authorization.k8s.io/v1", "Role"): "roles",
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): "rolebindings",
}
OF_THE_CLUSTER = frozenset({"ClusterRoleBinding"})  # they live in no namespace


def jobs(namespace: str = "", name: str = "") -> str:
    """The path of the Jobs of a namespace ("": of all), or of one."""
    return _path("batch/v1", "jobs", namespace, name)


def pods(namespace: str = "", name: str = "") -> str:
    """The path of the Pods of a namespace ("": of all), or of one."""
    return _path("v1", "pods", namespace, name)


def path_of(rendered: dict[str, Any], namespace: str, name: str = "") -> str:
    """The path of an object's collection, or of the object. Raises BadInput for kinds ferry does not make."""
    version, kind = rendered.get("apiVersion", ""), rendered.get("kind", "")
    if (version, kind) not in PLURALS:
        raise BadInput(f"{version} {kind}: ferry does not send objects of this kind", "kubectl apply -f FILE")
    space = "" if kind in OF_THE_CLUSTER else space_of(rendered, namespace)
    return _path(version, PLURALS[version, kind], space, name)


def space_of(rendered: dict[str, Any], namespace: str) -> str:
    """The object's own namespace, or the one given."""
    return str(rendered.get("metadata", {}).get("namespace") or namespace)


def _path(version: str, plural: str, namespace: str, name: str) -> str:
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    space = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{space}/{plural}" + (f"/{name}" if name else "")
