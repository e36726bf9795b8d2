"""What a running pod's own words tell that its containers' states do not: fetching, running or saving."""

import time
from dataclasses import replace

from trainferry.agent.words import ENDED, READY
from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.kinds import AGENT, TRAINER
from trainferry.errors import FerryError
from trainferry.runs.phases import FETCHING, RUNNING, SAVING, Status

LINES = 100
SOON, LATER = 1.0, 5.0  # seconds until the next look: before the command began, and after

ORDER = (FETCHING, RUNNING, SAVING)


class Hearing:
    """One watcher's ear: what was heard of a pod is not unheard, and its log is not read more often than needed."""

    def __init__(self, api: Api) -> None:
        self._api, self._told, self._next = api, Status(""), 0.0

    def refined(self, status: Status) -> Status:
        """The status, told apart by the pod's words as far as they are known."""
        if status.pod != self._told.pod:
            self._next = 0.0
        told = _later(self._told, status)
        if told.phase in (FETCHING, RUNNING) and time.monotonic() >= self._next:
            told = _later(told, refined(self._api, status))
            self._next = time.monotonic() + (SOON if told.phase == FETCHING else LATER)
        self._told = told
        return told


def refined(api: Api, status: Status) -> Status:
    """A status whose trainer runs, told apart by the agent's log; without an agent the trainer's first byte decides."""
    if status.phase not in (FETCHING, RUNNING):
        return status
    said = _log(api, status.pod, AGENT, {"tailLines": LINES})
    if ENDED.encode() in said:
        return _saving(status)
    if READY.encode() in said or _log(api, status.pod, TRAINER, {"limitBytes": 1}):
        return replace(status, phase=RUNNING)
    return status


def _later(told: Status, now: Status) -> Status:
    """`now`, but never behind what was told of the same pod: its log may not be readable for a moment."""
    if told.pod != now.pod or now.phase not in ORDER or told.phase not in ORDER:
        return now
    if ORDER.index(told.phase) <= ORDER.index(now.phase):
        return now
    return _saving(now) if told.phase == SAVING else replace(now, phase=told.phase)


def _saving(status: Status) -> Status:
    """The command ended and the wrapper waits for the last byte to be stored."""
    return replace(status, phase=SAVING, reason="Storing", detail="the command ended; its output is being stored")


def _log(api: Api, pod: str, container: str, query: dict[str, str | int]) -> bytes:
    try:
        return api.text(f"{kinds.pods(api.namespace, pod)}/log", {"container": container, **query})
    except FerryError:
        return b""
