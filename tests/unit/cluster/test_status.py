"""The phases: what the API shows, and what a person is told."""

from typing import Any

import pytest

from tests.unit.cluster.objects import RUNNING, Object, ended, job, pod, true
from trainferry.cluster.status import status_of
from trainferry.manifests.policy import failure_policy
from trainferry.runs.phases import Status
from trainferry.spec.runspec import RunSpec

UID = {"uid": "u1"}


def of(*conditions: Object, **fields: Any) -> Object:
    made = job("base-1", *conditions, **fields)
    made["metadata"] |= UID
    return made


def one(trainer: Object, **status: Any) -> list[Object]:
    return [pod(of(), "base-1-x1", trainer, **status)]


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"reason": reason, "message": message}}


def unscheduled(reason: str, message: str) -> list[Object]:
    conditions = [{"type": "PodScheduled", "status": "False", "reason": reason, "message": message}]
    pods = one({}, phase="Pending", conditions=conditions)
    pods[0]["spec"]["nodeName"] = ""
    return pods


def terminating(*conditions: Object) -> list[Object]:
    pods = one(RUNNING, conditions=[true("PodScheduled"), *conditions])
    pods[0]["metadata"]["deletionTimestamp"] = "2026-11-24T00:01:00Z"
    return pods


def queued() -> Object:
    made = of(suspend=True)
    made["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] = "team-a"
    return made


def deleted() -> Object:
    made = of()
    made["metadata"]["deletionTimestamp"] = "2026-11-24T00:01:00Z"
    return made


def at(phase: str, reason: str = "", detail: str = "", code: int | None = None, node: str = "n1") -> Status:
    """The status of the first attempt's pod."""
    return Status(phase, 1, reason, detail, node, "base-1-x1", code)


BACK_OFF = "attempt 1 ended (exit code 75, saved, to be started again); the next one waits for the Job's back-off"
LOST = "attempt 1 ended (lost before it began); the next one waits for the Job's back-off"
RESUME = """its Job is suspended; go on: kubectl patch job base-1 -p '{"spec":{"suspend":false}}'"""
AGENT = [{"name": "agent", "state": waiting("CrashLoopBackOff"), "lastState": ended(1, message="no store\nno luck\n")}]

TABLE = {
    "no Job": (None, [], Status("Stopped", reason="Deleted", detail="its Job was deleted")),
    "no pod": (of(), [], Status("Queued", 0, "NoPod", "no pod yet")),
    "held by Kueue": (queued(), [], Status("Queued", 0, "Kueue", "waits in queue team-a")),
    "suspended by a person": (of(suspend=True), [], Status("Stopped", 0, "Suspended", RESUME)),
    "no node fits": (
        of(),
        unscheduled("Unschedulable", "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."),
        at("Scheduling", "Unschedulable", "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.", node=""),
    ),
    "gated": (of(), unscheduled("SchedulingGated", ""), at("Queued", "SchedulingGated", node="")),
    "just created": (of(), one({}, phase="Pending", conditions=[]), at("Scheduling")),
    "image is pulled": (of(), one(waiting("PodInitializing"), phase="Pending"), at("Pulling")),
    "no such image": (
        of(),
        one(waiting("ImagePullBackOff", "Back-off pulling image\nnot found"), phase="Pending"),
        at("Pulling", "ImagePullBackOff", "not found"),
    ),
    "trainer waits or works": (of(), one(RUNNING), at("Fetching")),
    "agent fell": (of(), one(RUNNING, initContainerStatuses=AGENT), at("Fetching", "AgentRestarts", "no luck")),
    "deleted pod": (of(), terminating(), at("Saving", "Terminating", "the pod is being ended")),
    "evicted pod": (
        of(),
        terminating(true("DisruptionTarget", reason="EvictionByEvictionAPI", message="Eviction API: evicting")),
        at("Saving", "EvictionByEvictionAPI", "Eviction API: evicting"),
    ),
    "command ended": (of(), one(ended(0)), at("Saving", "Ending", code=0)),
    "pod ended, Job not yet": (of(), one(ended(0), phase="Succeeded"), at("Saving", "Ending", code=0)),
    "to be started again": (of(), one(ended(75), phase="Failed"), at("Queued", "BackOff", BACK_OFF, 75)),
    "lost before it began": (of(), one({}, phase="Failed"), at("Queued", "BackOff", LOST)),
    "about to fail": (
        of(true("FailureTarget", reason="PodFailurePolicy", message="exit code 1")),
        one(ended(1), phase="Failed"),
        at("Saving", "PodFailurePolicy", "exit code 1"),
    ),
    "complete": (of(true("Complete")), one(ended(0), phase="Succeeded"), at("Succeeded", code=0)),
    "failed": (
        of(true("Failed", reason="PodFailurePolicy", message="Container trainer failed")),
        one(ended(1), phase="Failed"),
        at("Failed", "PodFailurePolicy", "exit code 1: the command failed", 1),
    ),
    "Job is about to fail by its rules": (
        of(podFailurePolicy=failure_policy(RunSpec(name="base", command=("true",), store=""))["podFailurePolicy"]),
        one(ended(1), phase="Failed"),
        at("Saving", "Ending", code=1),
    ),
    "Job is being deleted": (deleted(), one(RUNNING), at("Stopped", "Deleted", "its Job is being deleted")),
}


@pytest.mark.parametrize(("found", "pods", "told"), TABLE.values(), ids=TABLE)
def test_each_phase_is_told_from_job_and_pods(found: Object | None, pods: list[Object], told: Status) -> None:
    assert status_of(found, pods) == told


def test_the_newest_pod_decides_and_all_are_counted() -> None:
    pods = [pod(of(), "base-1-x2", RUNNING), pod(of(), "base-1-x1", ended(75), "Failed")]
    assert status_of(of(), pods) == Status("Fetching", 2, node="n1", pod="base-1-x2")


def test_pods_of_an_older_job_of_the_same_name_do_not_count() -> None:
    before = of()
    before["metadata"]["uid"] = "u0"
    assert status_of(of(), [pod(before, "base-1-x1", ended(1), "Failed")]).attempt == 0
