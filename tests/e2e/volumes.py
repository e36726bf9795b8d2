"""A tenant whose store is a claim: made as an administrator makes it, used as its user does."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import tenant as tenants
from tests.e2e.conftest import BASE, FERRY, Project, needed
from trainferry.manifests import tenant as manifests
from trainferry.manifests.gateway import ACCOUNT
from trainferry.sdk import volumes
from trainferry.sdk.kubernetes import KubernetesEngine
from trainferry.spec.settings import Settings
from trainferry.store import Store

CLAIM, SMALL = "store", "small"


@dataclass(frozen=True)
class Images:
    """What pods are made of, pinned."""

    registry: str
    agent: str


@contextmanager
def tenant(letter: str, *readers: tuple[str, str]) -> Iterator[tenants.Tenant]:
    """A tenant by manifests/tenant.py, in a namespace of this test run's own with Pod Security restricted."""
    name = f"v-{letter}-{uuid.uuid4().hex[:6]}"
    user = f"system:serviceaccount:{name}:{tenants.USER}"
    wanted = manifests.Tenant(name, user, claims=(CLAIM, SMALL), readers=readers)
    made = tenants.tenant(name, manifests.objects(wanted))
    try:
        yield made
    finally:
        made.remove()
        tenants.kubectl("delete", f"clusterrolebinding/{ACCOUNT}-{name}", "--ignore-not-found")


def as_admin(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """`ferry WORDS` with the administrator's kubeconfig, which signs in by a client certificate."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FERRY_", "STORAGE_"))}
    environment = {**kept, "KUBECONFIG": needed("KUBECONFIG"), "HOME": str(folder), "FERRY_BUILD_NETWORK": "host"}
    return subprocess.run(
        [FERRY, *words], cwd=folder, env=environment, text=True, capture_output=True, stdin=subprocess.DEVNULL,
        timeout=300,
    )  # fmt: skip


def init(namespace: str, claim: str, images: Images, folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """`ferry init --store volume://CLAIM`, as the administrator."""
    context = tenants.kubectl("config", "current-context").strip()
    folder.mkdir(parents=True, exist_ok=True)
    return as_admin(
        "init", "--context", context, "--namespace", namespace, "--store", f"volume://{claim}",
        "--agent-image", images.agent, *more, folder=folder,
    )  # fmt: skip


def desk(user: tenants.Tenant, images: Images, home: Path, store: str = f"volume://{CLAIM}") -> Project:
    """The user's project folder."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("FERRY_", "STORAGE_"))},
        "KUBECONFIG": user.kubeconfig, "HOME": str(home), "FERRY_BUILD_NETWORK": "host",
    }  # fmt: skip
    folder = home / "project"
    folder.mkdir(parents=True)
    (folder / "ferry.toml").write_text(
        f'context = "{user.context}"\nnamespace = "{user.namespace}"\nstore = "{store}"\n'
        f'registry = "{images.registry}/trainferry"\nimage = "{images.registry}/{BASE}"\n'
        f'base_image = "{images.registry}/{BASE}"\nagent_image = "{images.agent}"\n\n'
        '[run]\ncpu = "50m"\nmemory = "256Mi"\n'
    )
    return Project(folder, user.namespace, store, user.kubeconfig, user.context, environment)


def engine(project: Project) -> KubernetesEngine:
    """The project's cluster in this process, as its user."""
    settings = Settings(project.folder, "kubernetes", project.context, project.namespace, project.store)
    made = KubernetesEngine(settings, lambda: opened(project))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", project.kubeconfig)
        assert made.cluster.namespace == project.namespace
    return made


def opened(project: Project, url: str = "") -> Store:
    """The store in this process, as the project's user reaches it."""
    found = engine(project)
    return volumes.opened(url or project.store, found.settings, found)


def gateway_pods(namespace: str, claim: str = CLAIM) -> list[Any]:
    """Of the claim, the ones on their way out included."""
    selector = f"app.kubernetes.io/component=gateway,trainferry.dev/claim={claim}"
    found = tenants.kubectl("-n", namespace, "get", "pods", "-l", selector, "-o", "json")
    items: list[Any] = json.loads(found)["items"]
    return items


@contextmanager
def small_claim(namespace: str, folder: Path, size: int) -> Iterator[None]:
    """A claim of `size` MiB and not a byte more: a tmpfs of this machine, which is the cluster's only node."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=0777", "tmpfs", str(folder)], check=True)
    room = {"storage": f"{size}Mi"}
    where = {"namespace": namespace, "name": SMALL}
    spec = {"storageClassName": "", "accessModes": ["ReadWriteOnce"]}
    disk = {**spec, "capacity": room, "hostPath": {"path": str(folder)}, "claimRef": where}
    claim = {**spec, "resources": {"requests": room}, "volumeName": f"{SMALL}-{namespace}"}
    items = [
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"{SMALL}-{namespace}"}, "spec": disk},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": where, "spec": claim},
    ]
    tenants.kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    try:
        yield
    finally:
        tenants.kubectl("delete", "pv", f"{SMALL}-{namespace}", "--wait=false")
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def delete_gateway(namespace: str, grace: int) -> None:
    """Delete its pod, as a drained node does, or with grace 0 as a node that dies; another one takes its place."""
    how = ("--grace-period=0", "--force") if grace == 0 else (f"--grace-period={grace}",)
    for pod in gateway_pods(namespace):
        if "deletionTimestamp" not in pod["metadata"]:
            tenants.kubectl("-n", namespace, "delete", "pod", pod["metadata"]["name"], "--wait=false", *how)
