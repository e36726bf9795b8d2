"""The trainer's output, attempt after attempt, over broken connections, rotated files and deleted pods."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.kinds import TRAINER
from trainferry.cluster.pod import condition, ended, finished, of_job, state
from trainferry.cluster.stamps import Missed, Reader
from trainferry.errors import BadInput, Forbidden, Missing, Unreachable

Object = dict[str, Any]
Answer = TypeVar("Answer")

PAUSE = 1.0  # seconds between two looks at a pod that has not begun, or a run between two attempts


@dataclass(frozen=True)
class Gap:
    """Bytes that the cluster no longer has: those of this pod's log behind the first `given`, in front of `after`.

    `after` is empty when the pod was gone before its log was read to the end. The store has them: stamps.between.
    """

    pod: str
    uid: str
    given: int
    after: bytes = b""


def logs(api: Api, run: str, follow: bool = False) -> Iterator[bytes | Gap]:
    """The log of every attempt whose pod is still there; with `follow` until the run is finished.

    The end of this stream says nothing about success. Raises Missing when there is no Job of this name.
    """
    seen: set[str] = set()
    job = _job(api, run)
    if job is None:
        raise Missing(f'no run "{run}" in namespace {api.namespace}', "ferry get runs")
    last = job
    while True:
        for pod in of_job(_pods(api, run), last):
            if pod["metadata"]["uid"] not in seen and (follow or _began(pod)):
                seen.add(pod["metadata"]["uid"])
                yield from of_pod(api, pod, follow)
        if not follow or job is None or condition(job, "Complete") or condition(job, "Failed"):
            return
        time.sleep(PAUSE)
        job = _patiently(api, lambda: _job(api, run))
        last = job or last


def of_pod(api: Api, pod: Object, follow: bool) -> Iterator[bytes | Gap]:
    """One attempt's log, from its first byte."""
    name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
    reader, began, tries_left = Reader(), False, api.limits.tries
    while tries_left:
        found = _patiently(api, lambda: _pod(api, name, uid))
        began = began or (found is not None and _began(found))
        if found is None or (finished(found) and not began):
            break
        over = bool(ended(found)) or not follow
        given = reader.given
        whole = began and (yield from _connection(api, name, uid, reader, not over))
        if over and whole:
            yield from _with_gaps(reader.finish(), name, uid)
            return
        tries_left = tries_left - (over and began) if reader.given == given else api.limits.tries
        time.sleep(0 if whole else PAUSE)
    if began:
        yield Gap(name, uid, reader.given)


def _connection(api: Api, name: str, uid: str, reader: Reader, follow: bool) -> Generator[bytes | Gap, None, bool]:
    """What one request brings; returns whether the server ended it in good order."""
    reader.reopen()
    try:
        with api.stream(f"{kinds.pods(api.namespace, name)}/log", _query(reader, follow)) as chunks:
            for chunk in chunks:
                yield from _with_gaps(reader.feed(chunk), name, uid)
    except Forbidden:
        raise
    except (Missing, BadInput, Unreachable):  # the pod or its container is gone, or the way to it
        return False
    return True


def _with_gaps(parts: Iterator[bytes | Missed], name: str, uid: str) -> Iterator[bytes | Gap]:
    missed: Missed | None = None
    for part in parts:
        if isinstance(part, Missed):
            missed = part
            continue
        if missed:
            line, newline, _ = part.partition(b"\n")
            yield Gap(name, uid, missed.given, line + newline)
        missed = None
        yield part


def _query(reader: Reader, follow: bool) -> dict[str, str | int]:
    query: dict[str, str | int] = {"container": TRAINER, "timestamps": "true"}
    if follow:
        query["follow"] = "true"
    if reader.since:
        query["sinceTime"] = reader.since
    return query


def _began(pod: Object) -> bool:
    return bool(state(pod, TRAINER, "running") or ended(pod))


def _job(api: Api, run: str) -> Object | None:
    return api.find(kinds.jobs(api.namespace, run))


def _pods(api: Api, run: str) -> list[Object]:
    path, query = kinds.pods(api.namespace), {"labelSelector": f"{kinds.JOB_NAME}={run}"}
    return _patiently(api, lambda: api.items(path, query))


def _pod(api: Api, name: str, uid: str) -> Object | None:
    found = api.find(kinds.pods(api.namespace, name))
    return found if found is not None and found["metadata"]["uid"] == uid else None


def _patiently(api: Api, ask: Callable[[], Answer]) -> Answer:
    """Go on asking a server that does not answer for `patience` seconds."""
    end = time.monotonic() + api.limits.patience
    while True:
        try:
            return ask()
        except Forbidden:
            raise
        except Unreachable:
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE)
