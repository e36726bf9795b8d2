"""`ferry get runs`: one list of Jobs; the pods only when a run is under way."""

import json
from typing import Any

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.pod import age_key, seconds
from trainferry.cluster.status import began, status_of
from trainferry.manifests.labels import RUN, SPEC, STORE
from trainferry.runs.phases import RunRow, Status

Object = dict[str, Any]

NAMES_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def runs(api: Api, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
    """The runs of the namespace, or of all, oldest first. `selector` narrows by labels as in kubectl."""
    space = "" if all_namespaces else api.namespace
    query = {"labelSelector": ",".join(filter(None, (kinds.MANAGED, RUN, selector)))}
    jobs = api.items(kinds.jobs(space), query)
    pods = _pods_by_job(api, space, query) if any(map(_under_way, jobs)) else {}
    rows = [row(job, pods.get(job["metadata"]["uid"], [])) for job in jobs]
    return sorted(rows, key=lambda row: (row.created, row.run))


def names(api: Api) -> list[str]:
    """Full names of the namespace's runs, newest first."""
    query = {"labelSelector": f"{kinds.MANAGED},{RUN}"}
    items = api.items(kinds.jobs(api.namespace), query, NAMES_ONLY)
    return [item["metadata"]["name"] for item in sorted(items, key=age_key, reverse=True)]


def row(job: Object, pods: list[Object]) -> RunRow:
    """One line. A trainer that runs counts as Running: whether it still fetches would cost a request a run."""
    metadata, status = job["metadata"], began(status_of(job, pods))
    annotations = metadata.get("annotations") or {}
    asked = _resources(annotations.get(SPEC, ""))
    return RunRow(
        run=metadata["name"],
        status=status.phase,
        namespace=metadata["namespace"],
        gpu=int(asked.get("gpu", 0)),
        gpu_type=str(asked.get("gpu_type", "")),
        created=seconds(metadata["creationTimestamp"]),
        attempts=_attempts(job, status),
        store=annotations.get(STORE, ""),
        node=status.node,
    )


def _under_way(job: Object) -> bool:
    return bool(job.get("status", {}).get("active")) or (_unfinished(job) and not job["spec"].get("suspend"))


def _unfinished(job: Object) -> bool:
    conditions = job.get("status", {}).get("conditions") or []
    return not any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in conditions)


def _attempts(job: Object, status: Status) -> int:
    """At least this many: what the Job counted, or the pods that are still there."""
    counts = job.get("status", {})
    counted = sum(int(counts.get(word) or 0) for word in ("active", "failed", "succeeded"))
    return max(status.attempt, counted)


def _pods_by_job(api: Api, space: str, query: dict[str, str]) -> dict[str, list[Object]]:
    """Job uid -> its pods."""
    found: dict[str, list[Object]] = {}
    for pod in api.items(kinds.pods(space), query):
        for owner in pod["metadata"].get("ownerReferences") or []:
            found.setdefault(owner["uid"], []).append(pod)
    return found


def _resources(spec: str) -> Object:
    try:
        resources = json.loads(spec or "{}").get("resources", {})
    except (ValueError, AttributeError):
        return {}
    return resources if isinstance(resources, dict) else {}
