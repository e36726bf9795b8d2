"""Jobs and Pods as short as the API makes them when nothing matters but what is given."""

import json
from typing import Any

Object = dict[str, Any]

JOBS, PODS = "/apis/batch/v1/namespaces/alice/jobs", "/api/v1/namespaces/alice/pods"
OURS = {"app.kubernetes.io/managed-by": "trainferry"}
SPEC = {"name": "base", "command": ["true"], "resources": {"gpu": 1, "gpu_type": "l4"}}


def job(run: str = "base-1", *conditions: Object, spec: Object = SPEC, **fields: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": run,
            "namespace": "alice",
            "labels": OURS | {"trainferry.dev/run": run},
            "annotations": {"trainferry.dev/spec": json.dumps(spec), "trainferry.dev/store": "gs://team"},
            "creationTimestamp": "2026-11-24T00:00:00Z",
        },
        "spec": {"template": {"spec": {"containers": []}}, **fields},
        "status": {"conditions": list(conditions)},
    }


def pod(owner: Object, name: str, trainer: Object, phase: str = "Running", **status: Any) -> Object:
    return {
        "metadata": {
            "name": name,
            "labels": owner["metadata"]["labels"] | {"batch.kubernetes.io/job-name": owner["metadata"]["name"]},
            "ownerReferences": [{"uid": owner["metadata"]["uid"]}],
            "creationTimestamp": f"2026-11-24T00:00:0{name[-1]}Z",
        },
        "spec": {"nodeName": "n1", "containers": []},
        "status": {
            "phase": phase,
            "conditions": [{"type": "PodScheduled", "status": "True"}],
            "containerStatuses": [{"name": "trainer", "state": trainer}],
            **status,
        },
    }


def true(kind: str, **more: str) -> Object:
    return {"type": kind, "status": "True", **more}


RUNNING: Object = {"running": {"startedAt": "2026-11-24T00:00:05Z"}}


def ended(code: int, **more: Any) -> Object:
    return {"terminated": {"exitCode": code, **more}}
