"""Where a run is, from its Job and its Pods alone: pure, so that a table of recorded objects can prove it."""

from dataclasses import replace
from typing import Any

from trainferry.cluster import verdict
from trainferry.cluster.kinds import AGENT, TRAINER
from trainferry.cluster.pod import (
    condition,
    container,
    ended,
    exit_code,
    finished,
    node,
    of_job,
    state,
    waiting,
)
from trainferry.manifests.labels import QUEUE
from trainferry.runs import exit_codes
from trainferry.runs.phases import (
    FAILED,
    FETCHING,
    PULLING,
    QUEUED,
    RUNNING,
    SAVING,
    SCHEDULING,
    STOPPED,
    SUCCEEDED,
    Status,
)

Object = dict[str, Any]

NO_POD = "NoPod"
DELETED = Status(STOPPED, reason="Deleted", detail="its Job was deleted")


def status_of(job: Object | None, pods: list[Object]) -> Status:
    """The run's phase. `attempt` counts the pods that the cluster still knows; the store knows those before.

    A trainer that runs is Fetching until the pod says more: see words.py.
    """
    if job is None:
        return DELETED
    mine = of_job(pods, job)
    whole = _of_the_job(job, mine)
    return whole or replace(_of_the_pod(mine), attempt=len(mine))


def began(status: Status) -> Status:
    """The same, taken to have begun unless its agent is in trouble."""
    return replace(status, phase=RUNNING) if status.phase == FETCHING and not status.reason else status


def _of_the_job(job: Object, pods: list[Object]) -> Status | None:
    """What the Job decides by itself; None when its newest pod says more."""
    place = Status("", len(pods), node=node(pods[-1]) if pods else "", pod=pods[-1]["metadata"]["name"] if pods else "")
    if condition(job, "Complete"):
        return replace(place, phase=SUCCEEDED, exit_code=0)
    if condition(job, "Failed"):
        outcome = verdict.outcome(job, pods)
        reason = condition(job, "Failed").get("reason", "")
        return replace(place, phase=FAILED, reason=reason, detail=outcome.reason, exit_code=outcome.exit_code)
    if job["metadata"].get("deletionTimestamp"):
        return replace(place, phase=STOPPED, reason="Deleted", detail="its Job is being deleted")
    if job["spec"].get("suspend"):
        return _suspended(job, place)
    ending = condition(job, "FailureTarget") or condition(job, "SuccessCriteriaMet")
    if ending:
        return replace(place, phase=SAVING, reason=ending.get("reason", ""), detail=ending.get("message", ""))
    return _nothing_runs(job, pods, place)


def _suspended(job: Object, place: Status) -> Status:
    """A queue (Kueue) holds a Job by suspending it; without one it was a person."""
    queue = job["metadata"].get("labels", {}).get(QUEUE)
    if queue:
        return replace(place, phase=QUEUED, reason="Kueue", detail=f"waits in queue {queue}")
    resume = f"""kubectl patch job {job["metadata"]["name"]} -p '{{"spec":{{"suspend":false}}}}'"""
    return replace(place, phase=STOPPED, reason="Suspended", detail=f"its Job is suspended; go on: {resume}")


def _nothing_runs(job: Object, pods: list[Object], place: Status) -> Status | None:
    """Queued while there is no pod, or only pods that ended and will be replaced; None when one lives."""
    if not pods:
        return replace(place, phase=QUEUED, reason=NO_POD, detail="no pod yet")
    if not finished(pods[-1]):
        return None
    code = exit_code(pods[-1])
    why = "lost before it began" if code is None else f"exit code {code}, {exit_codes.meaning(code).text}"
    if code is not None and (code == 0 or _fails(job, pods[-1], code)):
        return replace(place, phase=SAVING, reason="Ending", exit_code=code)
    detail = f"attempt {len(pods)} ended ({why}); the next one waits for the Job's back-off"
    return replace(place, phase=QUEUED, reason="BackOff", detail=detail, exit_code=code)


def _fails(job: Object, pod: Object, code: int) -> bool:
    """Whether the Job is about to fail for this exit code: by its own rules, the first that matches."""
    if condition(pod, "DisruptionTarget"):
        return False
    for rule in (job["spec"].get("podFailurePolicy") or {}).get("rules", []):
        exits = rule.get("onExitCodes")
        if exits and (code in exits["values"]) == (exits["operator"] == "In"):
            return bool(rule["action"] == "FailJob")
    return False


def _of_the_pod(pods: list[Object]) -> Status:
    """The phase of the newest pod, which has not ended."""
    pod = pods[-1]
    place = Status("", node=node(pod), pod=pod["metadata"]["name"])
    if pod["metadata"].get("deletionTimestamp"):
        disrupted = condition(pod, "DisruptionTarget")
        reason, detail = disrupted.get("reason", "Terminating"), disrupted.get("message", "the pod is being ended")
        return replace(place, phase=SAVING, reason=reason, detail=detail, exit_code=exit_code(pod))
    if not condition(pod, "PodScheduled"):
        return _unscheduled(pod, place)
    if ended(pod):
        return replace(place, phase=SAVING, reason="Ending", exit_code=exit_code(pod))
    if state(pod, TRAINER, "running"):
        return _troubled(replace(place, phase=FETCHING), _agent_trouble(pod))
    return _troubled(replace(place, phase=PULLING), waiting(pod))


def _unscheduled(pod: Object, place: Status) -> Status:
    why = condition(pod, "PodScheduled", "False")
    phase = QUEUED if why.get("reason") == "SchedulingGated" else SCHEDULING
    return _troubled(replace(place, phase=phase), why)


def _agent_trouble(pod: Object) -> Object:
    """An agent that does not run while the trainer waits for it is the cause worth telling."""
    sidecar = container(pod, AGENT)
    last = (sidecar.get("lastState") or {}).get("terminated") or {}
    if sidecar and not state(pod, AGENT, "running"):
        said = last.get("message") or f"agent exit code {last.get('exitCode')}"
        return {"reason": "AgentRestarts", "message": said}
    return {}


def _troubled(place: Status, source: Object) -> Status:
    """With `reason` and the last line of `message` of a condition or a waiting container."""
    lines = [line for line in (source.get("message") or "").splitlines() if line.strip()]
    return replace(place, reason=source.get("reason") or "", detail=lines[-1].strip() if lines else "")
