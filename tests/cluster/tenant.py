"""A tenant of the test cluster: a namespace with Pod Security `restricted` and an ordinary user in it.

made = tenant("t-1")      # made.namespace, made.kubeconfig, made.context
made.remove()
"""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER = "user"
# what a person needs to run trainings and look at them, and nothing else
RULES = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "list", "watch", "delete"]},
    {"apiGroups": [""], "resources": ["pods", "pods/log", "events"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create", "get", "list", "delete"]},
]


@dataclass(frozen=True)
class Tenant:
    """A namespace and the path of a kubeconfig that lets its user in."""

    namespace: str
    kubeconfig: str
    context: str

    def remove(self) -> None:
        """Takes the namespace away, without waiting for its pods, and the kubeconfig."""
        kubectl("delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found")
        Path(self.kubeconfig).unlink(missing_ok=True)


def tenant(name: str, objects: list[dict[str, Any]] | None = None) -> Tenant:
    """Makes the namespace `name` and its user (a ServiceAccount's token, good for a day).

    `objects`: all of the tenant but the user's account; else the least that a user of runs needs.
    """
    kubectl("create", "-f", "-", stdin=_list(objects or _objects(name)))
    return signed_in(name)


def signed_in(name: str) -> Tenant:
    """The user of a namespace that is there."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": USER, "namespace": name}}
    kubectl("create", "-f", "-", stdin=_list([account]))
    token = kubectl("-n", name, "create", "token", USER, "--duration=24h").strip()
    handle, path = tempfile.mkstemp(prefix=f"kubeconfig-{name}-")
    os.write(handle, json.dumps(_kubeconfig(name, token)).encode())
    os.close(handle)
    return Tenant(name, path, name)


def kubectl(*words: str, stdin: str | None = None) -> str:
    """`kubectl WORDS` as the cluster's admin; RuntimeError holds what it said when it failed."""
    done = subprocess.run(["kubectl", *words], input=stdin or "", capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _list(items: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def _objects(name: str) -> list[dict[str, Any]]:
    named = {"name": USER, "namespace": name}
    rbac = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
        },
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": named, "rules": RULES},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": USER},
            "subjects": [{"kind": "ServiceAccount", **named}],
        },
    ]


def _kubeconfig(name: str, token: str) -> dict[str, Any]:
    admin = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": admin["clusters"][0]["cluster"]}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": name}}],
    }
