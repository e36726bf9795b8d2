"""Deleting a run: always with its pods, which the API would orphan by default."""

import time

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.errors import Missing, Unreachable

LONGEST = 300.0  # seconds: twice the grace of 120, and a node that is busy


def delete(api: Api, run: str, wait: bool = False, longest: float = LONGEST) -> None:
    """End the run and remove its Job; with `wait` return when its last pod is gone. Raises Missing without a Job."""
    job = api.find(kinds.jobs(api.namespace, run))
    if job is None:
        raise Missing(f'no run "{run}" in namespace {api.namespace}', "ferry get runs")
    uid = job["metadata"]["uid"]
    body = {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "propagationPolicy": "Foreground" if wait else "Background",
        "preconditions": {"uid": uid},
    }
    try:
        api.request("DELETE", kinds.jobs(api.namespace, run), body=body)
    except Missing:
        return  # a lost reply, or somebody else: it is gone
    if wait:
        _until_gone(api, run, uid, longest)


def _until_gone(api: Api, run: str, uid: str, longest: float) -> None:
    """Foreground deletion removes the Job after its last pod."""
    end = time.monotonic() + longest
    while True:
        job = api.find(kinds.jobs(api.namespace, run))
        if job is None or job["metadata"]["uid"] != uid:
            return
        if time.monotonic() > end:
            raise Unreachable(
                f"run {run} is being deleted, but its pod has not ended after {longest:.0f} s",
                f"kubectl get pods -n {api.namespace} -l {kinds.JOB_NAME}={run}",
            )
        time.sleep(0.5)
