"""Reading one Pod's JSON: where it is, and what its containers say."""

import json
from datetime import datetime
from typing import Any

from trainferry.cluster.kinds import AGENT, TRAINER

Object = dict[str, Any]


def seconds(stamp: str) -> float:
    """An API timestamp in seconds since the epoch; 0 for none."""
    return datetime.fromisoformat(stamp).timestamp() if stamp else 0.0


def age_key(found: Object) -> tuple[str, str]:
    """Sorts objects, oldest first."""
    metadata = found["metadata"]
    return metadata.get("creationTimestamp") or "", metadata["name"]


def of_job(pods: list[Object], job: Object) -> list[Object]:
    """The pods this very Job made (an older one may have had its name), oldest first."""
    uid = job["metadata"]["uid"]
    own = [p for p in pods if any(o.get("uid") == uid for o in p["metadata"].get("ownerReferences") or [])]
    return sorted(own, key=age_key)


def condition(found: Object, kind: str, status: str = "True") -> Object:
    """The condition when it has this status, else {}."""
    conditions = found.get("status", {}).get("conditions") or []
    return next((c for c in conditions if c["type"] == kind and c["status"] == status), {})


def container(found: Object, name: str) -> Object:
    """The status of a container or sidecar; {} before the kubelet reported it."""
    status = found.get("status", {})
    all_of_them = [*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])]
    return next((c for c in all_of_them if c["name"] == name), {})


def state(found: Object, name: str, which: str) -> Object:
    """`waiting`, `running` or `terminated` of a container; {} when it is in another state."""
    return container(found, name).get("state", {}).get(which) or {}


def finished(found: Object) -> bool:
    """All of its main containers ended for good."""
    return found.get("status", {}).get("phase") in ("Succeeded", "Failed")


def ended(found: Object) -> Object:
    """How the trainer's container ended: the API's `terminated` state; {} while it has not."""
    return state(found, TRAINER, "terminated")


def told(found: Object) -> Object:
    """What the wrapper wrote as its last words: its verdict as JSON; {} when it could not."""
    try:
        verdict = json.loads(ended(found).get("message") or "{}")
    except ValueError:
        return {}
    return verdict if isinstance(verdict, dict) else {}


def exit_code(found: Object) -> int | None:
    """The trainer's exit code; None while it runs, or when the pod was taken away before it began."""
    code = ended(found).get("exitCode")
    return None if code is None else int(code)


def node(found: Object) -> str:
    return str(found.get("spec", {}).get("nodeName") or "")


def memory_limit(found: Object) -> str:
    """The trainer's memory limit as written, for example 8Gi."""
    for entry in found.get("spec", {}).get("containers") or []:
        if entry["name"] == TRAINER:
            return str(entry.get("resources", {}).get("limits", {}).get("memory", ""))
    return ""


def waiting(found: Object) -> Object:
    """Why a container has not started: the image's trouble first, whichever container has it."""
    states = [state(found, name, "waiting") for name in (TRAINER, AGENT)]
    troubled = [s for s in states if s.get("reason") not in (None, "PodInitializing", "ContainerCreating")]
    return next(iter(troubled), {})
