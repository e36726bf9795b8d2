"""Why a Job has no pod: the Job controller's own words about the pods that were refused, for people."""

import re
import time
from dataclasses import replace
from typing import Any

from trainferry.cluster.api import Api
from trainferry.cluster.status import NO_POD
from trainferry.errors import FerryError
from trainferry.runs.phases import Status

Object = dict[str, Any]

SOON, LATER = 1.0, 5.0  # seconds until the next look: before there was a refusal, and after
# what the API server says about a pod it refuses -> what it means; the first that is found
MEANINGS = (
    (
        re.compile(r'violates PodSecurity "(?P<level>[^":]+)[^"]*": (?P<why>.*)'),
        "the namespace takes only pods that are {level}: {why}",
    ),
    (re.compile(r"exceeded quota: (?P<what>.*)"), "waits for quota {what}"),
    (re.compile(r"is forbidden: (?P<what>.*)"), "{what}"),
)
AS_IMAGE = "; leave out --run-as image, or ask for a namespace that enforces no more than baseline"


class Refusals:
    """Looks for the reason of one run, and not more often than needed."""

    def __init__(self, api: Api, run: str) -> None:
        self._api, self._run, self._said, self._next = api, run, "", 0.0

    def explain(self, status: Status) -> Status:
        """The status of a run that has no pod yet, with the reason when the cluster has refused to make one."""
        if status.reason != NO_POD:
            return status
        if time.monotonic() >= self._next:
            self._said = _last_refusal(self._api, self._run)
            self._next = time.monotonic() + (LATER if self._said else SOON)
        return replace(status, reason="FailedCreate", detail=meaning(self._said)) if self._said else status


def meaning(said: str) -> str:
    """The refusal without the pod's made-up name, and what to do about it."""
    for pattern, text in MEANINGS:
        found = pattern.search(said)
        if found:
            return text.format(**found.groupdict()) + (AS_IMAGE if "runAsNonRoot" in said else "")
    return said


def _last_refusal(api: Api, run: str) -> str:
    selector = f"involvedObject.kind=Job,involvedObject.name={run},reason=FailedCreate"
    try:
        events = api.items(f"/api/v1/namespaces/{api.namespace}/events", {"fieldSelector": selector})
    except FerryError:
        return ""  # not everybody may read events
    newest: Object = max(events, key=lambda event: event.get("lastTimestamp") or "", default={})
    return str(newest.get("message", ""))
