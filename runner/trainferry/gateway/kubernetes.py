"""Who is calling, as the cluster says: TokenReview for the name, SubjectAccessReview for the right to be here."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from trainferry.gateway.callers import Caller, Nobody, token
from trainferry.gateway.reviews import Reviews, of_this_pod
from trainferry.spec.volume import AUDIENCE, readers_audience

GOOD, BAD = 30.0, 5.0  # seconds that an answer is believed
REMEMBERED = 1000  # answers
AT_ONCE = 8  # questions to the API server
LONGEST = 16 << 10  # bytes of a token


def callers(namespace: str) -> "KubernetesCallers":
    """For a gateway in a pod of this namespace."""
    return KubernetesCallers(of_this_pod(), namespace)


@dataclass(frozen=True)
class Answer:
    """What is believed until `until` (monotonic seconds); None: nobody's token."""

    caller: Caller | None
    until: float


class KubernetesCallers:
    """Members: this namespace's service accounts with a token made for gateways, and whoever may create Jobs here."""

    def __init__(self, reviews: Reviews, namespace: str) -> None:
        self._reviews, self._namespace = reviews, namespace
        self._known: OrderedDict[bytes, Answer] = OrderedDict()
        self._asked: dict[bytes, asyncio.Future[Answer]] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="review")

    async def of(self, request: HTTPConnection) -> Caller:
        """Raises Nobody without a token or with nobody's, Unreachable when the API server does not say."""
        answer = await self._answer(token(request))
        if answer.caller is None:
            raise Nobody("the gateway does not know who you are: the token is expired, or of another cluster")
        return answer.caller

    async def _answer(self, sent: str) -> Answer:
        """Asked once however many requests come with the same token."""
        key = hashlib.sha256(sent.encode()).digest()
        known = self._known.get(key)
        if known and time.monotonic() < known.until:
            return known
        asked = self._asked.get(key)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = self._asked[key] = loop.run_in_executor(self._threads, self._ask, sent)
            asked.add_done_callback(lambda done: self._told(key, done))
        return await asyncio.shield(asked)

    def _told(self, key: bytes, done: "asyncio.Future[Answer]") -> None:
        """Keep the answer; the oldest makes room."""
        del self._asked[key]
        if done.cancelled() or done.exception():
            return
        self._known[key] = done.result()
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _ask(self, sent: str) -> Answer:
        """In a thread."""
        caller = self._reviewed(sent)
        return Answer(caller, time.monotonic() + (GOOD if caller else BAD))

    def _reviewed(self, sent: str) -> Caller | None:
        if len(sent) > LONGEST or not sent.isascii():
            return None
        own = [AUDIENCE, readers_audience(self._namespace)]
        made_for_us = self._reviews.token(sent, own)
        if made_for_us:
            return self._with_our_token(made_for_us)
        found = self._reviews.token(sent, [])
        return self._person(found["user"]) if found else None

    def _with_our_token(self, found: Mapping[str, Any]) -> Caller:
        """A token that nobody but gateways take: of an agent, or asked for by a person."""
        user = found["user"]
        ours = user["username"].startswith(f"system:serviceaccount:{self._namespace}:")
        if AUDIENCE not in found["audiences"]:
            return Caller(user["username"], member=False)
        return Caller(user["username"], member=True) if ours else self._person(user)

    def _person(self, user: Mapping[str, Any]) -> Caller:
        """Somebody with the API server's own kind of token."""
        return Caller(user["username"], member=self._reviews.may_create_jobs(user, self._namespace))
