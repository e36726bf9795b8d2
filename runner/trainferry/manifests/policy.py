"""When the Job controller starts a run again, and when it gives up: runs/exit_codes.py in Kubernetes' words."""

from typing import Any

from trainferry.runs.exit_codes import MEANINGS
from trainferry.spec.runspec import RunSpec

TRAINER = "trainer"  # the container whose exit code has a meaning
# Pods without an exit code (deleted before the command began) count towards it; so many may be lost in a row.
LOST_PODS = 6


def failure_policy(spec: RunSpec) -> dict[str, Any]:
    """The Job fields that decide about another attempt.

    First match wins. Preempted and evicted pods do not count; an always-retried code (75) does not count; without
    `--retries` every other code fails the Job at once, with them only those that another attempt cannot mend.
    """
    always, never = _codes("always"), _codes("never")
    failing = _exits("FailJob", "In", never) if spec.retries else _exits("FailJob", "NotIn", always)
    disruption = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    return {
        "backoffLimit": spec.retries + LOST_PODS,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {"rules": [disruption, _exits("Ignore", "In", always), failing]},
    }


def _codes(retry: str) -> list[int]:
    return sorted(code for code, meaning in MEANINGS.items() if code and meaning.retry == retry)


def _exits(action: str, operator: str, codes: list[int]) -> dict[str, Any]:
    return {"action": action, "onExitCodes": {"containerName": TRAINER, "operator": operator, "values": codes}}
