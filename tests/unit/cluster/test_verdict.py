"""How a run ended, in one line."""

import json
from typing import Any

import pytest

from tests.unit.cluster.objects import Object, ended, job, pod, true
from trainferry.cluster.verdict import outcome
from trainferry.runs.phases import Outcome


def failed(reason: str, **fields: Any) -> Object:
    made = job("base-1", true("Failed", reason=reason, message="the Job's words"), **fields)
    made["metadata"]["uid"] = "u1"
    return made


def pods_of(run: Object, *trainers: Object, **status: Any) -> list[Object]:
    made = [pod(run, f"base-1-x{n}", trainer, "Failed", **status) for n, trainer in enumerate(trainers)]
    for one in made:
        one["spec"]["containers"] = [{"name": "trainer", "resources": {"limits": {"memory": "8Gi"}}}]
    return made


def said(exit_code: int, **verdict: Any) -> Object:
    return ended(exit_code, message=json.dumps(verdict), reason="Error")


TAKEN = [true("DisruptionTarget", message="preempted by a more important pod")]

TABLE: dict[str, tuple[str, list[Object], dict[str, Any], Outcome]] = {
    "the command failed": ("PodFailurePolicy", [ended(1)], {}, Outcome(False, 1, "exit code 1: the command failed")),
    "the wrapper's words": (
        "PodFailurePolicy",
        [said(66, code=None, reason="dataset cifar@3f9c is not in gs://team")],
        {},
        Outcome(False, 66, "dataset cifar@3f9c is not in gs://team"),
    ),
    "the command's own code": (
        "PodFailurePolicy",
        [said(78, code=3)],
        {},
        Outcome(False, 78, "exit code 78: gave up after the allowed retries (the command's own: 3)"),
    ),
    "out of memory, the wrapper lives": (
        "PodFailurePolicy",
        [said(137, code=137, oom_kills=1, reason="killed: out of memory (limit 8Gi)")],
        {},
        Outcome(False, 137, "killed: out of memory (limit 8Gi)"),
    ),
    "out of memory, the wrapper died": (
        "PodFailurePolicy",
        [ended(137, reason="OOMKilled")],
        {},
        Outcome(False, 137, "killed: out of memory (limit 8Gi)"),
    ),
    "a worker was killed, the command survived": (
        "PodFailurePolicy",
        [ended(1, reason="OOMKilled")],
        {},
        Outcome(False, 1, "exit code 1: the command failed"),
    ),
    "the deadline": (
        "DeadlineExceeded",
        [ended(75)],
        {"activeDeadlineSeconds": 60},
        Outcome(False, 75, "it ran longer than its deadline of 60 s"),
    ),
    "too often": (
        "BackoffLimitExceeded",
        [ended(75), ended(1), ended(75)],
        {},
        Outcome(
            False, 1, "it was started 3 times and never ended well; the last time: exit code 1: the command failed"
        ),
    ),
    "last words that are no JSON": (
        "PodFailurePolicy",
        [ended(1, message="Traceback")],
        {},
        Outcome(False, 1, "exit code 1: the command failed"),
    ),
    "the pods are gone": ("PodFailurePolicy", [], {}, Outcome(False, None, "the Job's words")),
}


@pytest.mark.parametrize(("reason", "ends", "fields", "told"), TABLE.values(), ids=TABLE)
def test_each_failure_names_its_cause(reason: str, ends: list[Object], fields: dict[str, Any], told: Outcome) -> None:
    run = failed(reason, **fields)
    assert outcome(run, pods_of(run, *ends)) == told


def test_a_pod_that_was_taken_away_says_by_what() -> None:
    run = failed("BackoffLimitExceeded")
    told = outcome(run, pods_of(run, {}, conditions=TAKEN))
    lost = "lost before the command ended: preempted by a more important pod"
    assert told == Outcome(False, None, f"it was started 1 times and never ended well; the last time: {lost}")


def test_only_the_condition_complete_is_success() -> None:
    assert outcome(job("base-1", true("Complete")) | {"metadata": {"uid": "u1"}}, []) == Outcome(True, 0, "")


def test_a_run_that_goes_on_has_no_verdict() -> None:
    assert outcome(job("base-1"), []) == Outcome(False, None, "it has not ended")


def test_a_deleted_run_did_not_succeed() -> None:
    assert outcome(None, []) == Outcome(False, None, "its Job was deleted before it ended")
