"""How a run ended: the Job's word, explained by the container's end and the wrapper's last words."""

from typing import Any

from trainferry.cluster.pod import condition, ended, exit_code, memory_limit, of_job, told
from trainferry.runs import exit_codes
from trainferry.runs.phases import Outcome

Object = dict[str, Any]

RUNNING = Outcome(False, None, "it has not ended")
DELETED = Outcome(False, None, "its Job was deleted before it ended")

# Reasons of the Job's condition Failed that say more than a container's end.
OF_THE_JOB = {
    "DeadlineExceeded": "it ran longer than its deadline of {deadline} s",
    "BackoffLimitExceeded": "it was started {pods} times and never ended well; the last time: {last}",
    "FailedIndexes": "some of its nodes failed; the last: {last}",
    "MaxFailedIndexesExceeded": "too many of its nodes failed; the last: {last}",
}


def outcome(job: Object | None, pods: list[Object]) -> Outcome:
    """Succeeded, or why not in one line. `exit_code` is the trainer container's, None when no pod told one."""
    if job is None:
        return DELETED
    if condition(job, "Complete"):
        return Outcome(True, 0, "")
    failed = condition(job, "Failed")
    if not failed:
        return RUNNING
    mine = of_job(pods, job)
    code, last = _guilty(failed, mine)
    limit = job["spec"].get("activeDeadlineSeconds")
    text = OF_THE_JOB.get(failed.get("reason", ""), "{last}")
    return Outcome(False, code, text.format(deadline=limit, pods=max(len(mine), _counted(job)), last=last))


def end_of(pod: Object) -> str:
    """One line for how a pod's trainer ended."""
    end, verdict = ended(pod), told(pod)
    code = exit_code(pod)
    if code is None:
        return _lost(pod)
    if verdict.get("reason"):
        return str(verdict["reason"])
    if end.get("reason") == "OOMKilled" and code == exit_codes.OOM:  # the wrapper died of it too
        return f"killed: out of memory (limit {memory_limit(pod) or 'of the node'})"
    own = verdict.get("code")
    said = "" if own in (None, code) else f" (the command's own: {own})"
    return f"exit code {code}: {exit_codes.meaning(code).text}{said}"


def _guilty(failed: Object, pods: list[Object]) -> tuple[int | None, str]:
    """Exit code and line of the pod that made the Job fail: the one with a failing exit code that ended last."""
    ends = [pod for pod in pods if exit_code(pod) not in (None, 0, exit_codes.AGAIN)] or pods[-1:]
    if not ends:
        return None, failed.get("message") or failed.get("reason") or "its pods are gone"
    return exit_code(ends[-1]), end_of(ends[-1])


def _lost(pod: Object) -> str:
    disrupted = condition(pod, "DisruptionTarget")
    status = pod.get("status", {})
    cause = disrupted.get("message") or status.get("message") or status.get("reason") or "the pod was deleted"
    return f"lost before the command ended: {cause}"


def _counted(job: Object) -> int:
    return int(job.get("status", {}).get("failed") or 0)
