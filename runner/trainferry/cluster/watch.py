"""Every change of a run's status: a watch on its Job and one on its Pods, that outlive dropped and silent peers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.call import Call, Expired, Reply
from trainferry.cluster.refusals import refusal
from trainferry.cluster.refused_pods import Refusals
from trainferry.cluster.status import status_of
from trainferry.cluster.words import Hearing
from trainferry.errors import FerryError, Forbidden, Missing, Unreachable
from trainferry.runs.phases import STOPPED, Status

Object = dict[str, Any]

TICK = 1.0  # seconds between two looks at what no watch tells


def watch(api: Api, run: str) -> Iterator[Status]:
    """The status now, then each change, until the run is finished. Raises Missing when there is no Job of this name.

    A peer that says nothing for `silence` seconds is asked anew; after `patience` seconds without answer: Unreachable.
    """
    inbox: Queue[Told] = Queue()
    over = threading.Event()
    feeds = (
        Feed(api, kinds.jobs(api.namespace), {"fieldSelector": f"metadata.name={run}"}, inbox, over),
        Feed(api, kinds.pods(api.namespace), {"labelSelector": f"{kinds.JOB_NAME}={run}"}, inbox, over),
    )
    for feed in feeds:
        feed.start()
    try:
        yield from _changes(api, run, View(api, feeds, inbox))
    finally:
        over.set()


def _changes(api: Api, run: str, view: "View") -> Iterator[Status]:
    told: Status | None = None
    hearing, refusals = Hearing(api), Refusals(api, run)
    while True:
        view.wait()
        job = view.job
        if job is None and told is None:
            raise Missing(f'no run "{run}" in namespace {api.namespace}', "ferry get runs")
        status = refusals.explain(hearing.refined(status_of(job, view.pods)))
        if status != told:
            told = status
            yield status
        if status.finished and (status.phase != STOPPED or status.reason == "Deleted"):
            return


class Told:
    """What a feed puts into the inbox: its objects as they are now, or why it has none."""

    def __init__(self, feed: "Feed", objects: list[Object] | None, error: FerryError | None = None) -> None:
        self.feed, self.objects, self.error = feed, objects, error


class View:
    """The newest objects of both feeds."""

    def __init__(self, api: Api, feeds: "tuple[Feed, Feed]", inbox: "Queue[Told]") -> None:
        self._feeds, self._inbox, self._patience = feeds, inbox, api.limits.patience
        self._objects: dict[Feed, list[Object]] = {}
        self._failing: dict[Feed, float] = {}  # since when

    @property
    def job(self) -> Object | None:
        return next(iter(self._objects[self._feeds[0]]), None)

    @property
    def pods(self) -> list[Object]:
        return self._objects[self._feeds[1]]

    def wait(self) -> None:
        """Until something is new, or a tick passed, and both feeds have spoken."""
        with suppress(Empty):
            self._take(self._inbox.get(timeout=TICK))
        while not self._inbox.empty() or len(self._objects) < len(self._feeds):
            self._take(self._inbox.get())

    def _take(self, told: Told) -> None:
        if told.error is None:
            self._failing.pop(told.feed, None)
        else:
            since = self._failing.setdefault(told.feed, time.monotonic())
            hopeless = not isinstance(told.error, Unreachable) or isinstance(told.error, Forbidden)
            if hopeless or told.feed not in self._objects or time.monotonic() - since > self._patience:
                raise told.error
        if told.objects is not None:
            self._objects[told.feed] = told.objects


class Feed(threading.Thread):
    """List, then watch from there, again and again; the objects that match a selector."""

    def __init__(
        self, api: Api, path: str, selector: dict[str, str], inbox: "Queue[Told]", over: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._api, self._path, self._selector, self._inbox, self._over = api, path, selector, inbox, over
        self._objects: dict[str, Object] = {}
        self._version = ""

    def run(self) -> None:
        """Until `over` is set, which is seen within `silence` seconds."""
        while not self._over.is_set():
            try:
                if not self._version:
                    self._list()
                self._watch()
            except Expired:
                self._version = ""
            except FerryError as error:
                self._failed(error)
            except (ValueError, KeyError, TypeError) as error:  # not what an API server says
                self._failed(
                    Unreachable(f"{self._api.channel.server} (context {self._api.context}) spoke nonsense: {error}")
                )

    def _failed(self, error: FerryError) -> None:
        self._inbox.put(Told(self, None, error))
        self._over.wait(TICK)

    def _list(self) -> None:
        self._objects = {}
        for page in self._api.pages(self._path, self._selector):
            self._objects |= {item["metadata"]["uid"]: item for item in page.get("items") or []}
            self._version = page["metadata"]["resourceVersion"]
        self._tell()

    def _watch(self) -> None:
        """One connection. The server ends it before `silence` is over, so a longer silence is a dead peer."""
        silence = self._api.limits.silence
        query: dict[str, str | int] = {
            **self._selector,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": max(1, int(silence * 0.8)),
        }
        with self._api.stream(self._path, query, silence) as chunks:
            for line in _lines(chunks):
                self._event(json.loads(line))
                if self._over.is_set():
                    return
        self._tell()

    def _event(self, event: Object) -> None:
        found = event["object"]
        if event["type"] == "ERROR":
            self._version = ""
            call = Call("GET", self._path, {"watch": "1"})
            body = Reply(found.get("code") or 500, {}, json.dumps(found).encode())
            raise refusal(body, call, self._api.context, self._api.channel.server)
        self._version = found["metadata"]["resourceVersion"]
        if event["type"] == "BOOKMARK":
            return
        uid = found["metadata"]["uid"]
        if event["type"] == "DELETED":
            self._objects.pop(uid, None)
        else:
            self._objects[uid] = found
        self._tell()

    def _tell(self) -> None:
        self._inbox.put(Told(self, list(self._objects.values())))


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines out of pieces that end anywhere."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)
