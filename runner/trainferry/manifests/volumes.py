"""The pod's volumes: emptyDirs, so that nothing of a run stays on a node."""

from typing import Any

from trainferry.spec.placeholders import POD
from trainferry.spec.runspec import Resources

SHARED = ("control", "code", "data", "output", "scratch")  # by agent and trainer: the fields of Paths
AGENT_TMP, AGENT_TMP_SIZE = "agent-tmp", "1Gi"


def volumes(resources: Resources) -> list[dict[str, Any]]:
    """Each may fill what was asked for; the pod's sum is held by the containers' ephemeral-storage limits."""
    disk = [_disk(name, resources.ephemeral_storage) for name in SHARED]
    shm = {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": resources.shm}}
    return [*disk, shm, _disk(AGENT_TMP, AGENT_TMP_SIZE)]


def agent_mounts() -> list[dict[str, Any]]:
    return [*_shared(), {"name": AGENT_TMP, "mountPath": "/tmp"}]


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
