"""The pod's volumes: emptyDirs, so that nothing of a run stays on a node."""

from typing import Any

from trainferry.spec import volume
from trainferry.spec.placeholders import POD
from trainferry.spec.runspec import RunSpec

SHARED = ("control", "code", "data", "output", "scratch")  # by agent and trainer: the fields of Paths
AGENT_TMP, AGENT_TMP_SIZE = "agent-tmp", "1Gi"
GATEWAY, TOKEN_FOLDER, TOKEN = "gateway-token", "/var/run/ferry", "token"
TOKEN_SECONDS = 3600  # the kubelet renews it in time


def volumes(spec: RunSpec) -> list[dict[str, Any]]:
    """Each may fill what was asked for; the pod's sum is held by the containers' ephemeral-storage limits."""
    disk = [_disk(name, spec.resources.ephemeral_storage) for name in SHARED]
    shm = {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": spec.resources.shm}}
    return [*disk, shm, _disk(AGENT_TMP, AGENT_TMP_SIZE), *gateway_volumes(spec.store)]


def gateway_volumes(store: str) -> list[dict[str, Any]]:
    """For a volume: a token of the pod's service account that nobody but a gateway takes. Else nothing."""
    token = {"audience": volume.AUDIENCE, "expirationSeconds": TOKEN_SECONDS, "path": TOKEN}
    found = {"name": GATEWAY, "projected": {"sources": [{"serviceAccountToken": token}]}}
    return [found] if volume.is_volume(store) else []


def agent_mounts(store: str) -> list[dict[str, Any]]:
    return [*_shared(), {"name": AGENT_TMP, "mountPath": "/tmp"}, *gateway_mounts(store)]


def gateway_mounts(store: str) -> list[dict[str, Any]]:
    """The token, for the containers of ours that speak to the gateway; never for the user's."""
    mount = {"name": GATEWAY, "mountPath": TOKEN_FOLDER, "readOnly": True}
    return [mount] if volume.is_volume(store) else []


def trainer_mounts() -> list[dict[str, Any]]:
    """/tmp is on the scratch volume too: images whose /tmp is read-only or small work all the same."""
    return [
        *_shared(),
        {"name": "scratch", "mountPath": "/tmp", "subPath": "tmp"},
        {"name": "shm", "mountPath": "/dev/shm"},
    ]


def _shared() -> list[dict[str, Any]]:
    return [{"name": name, "mountPath": getattr(POD, name)} for name in SHARED]


def _disk(name: str, size: str) -> dict[str, Any]:
    return {"name": name, "emptyDir": {"sizeLimit": size}}
