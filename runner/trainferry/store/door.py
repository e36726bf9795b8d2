"""The way to a gateway, and asking through it until there is an answer."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from trainferry.store import http_errors

CONNECT = 10.0  # seconds to connect
PIECE = 128 << 10  # bytes that must get on their way within a timeout
_AGAIN = frozenset((429, 500, 502, 503, 504))
_DAMAGED = (422, "PUT")  # other bytes than were sent arrived
_FIRST_DELAY, _LAST_DELAY = 0.1, 5.0


@dataclass(frozen=True)
class Door:
    """`base`: the gateway's address without a trailing slash; `headers`: asked anew for every request, so that tokens
    may rotate."""

    base: str
    pool: urllib3.PoolManager
    headers: Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Request:
    """One question, that may be asked twice. `about`: the url that errors name; `expected`: statuses above 400 that
    are answers."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | memoryview | None = None
    about: str = ""
    expected: tuple[int, ...] = ()


class Tries:
    """Pauses between the tries of one request: at least one more after the first, and more for `patience` seconds."""

    def __init__(self, patience: float) -> None:
        self._deadline = time.monotonic() + patience
        self._delay, self._count = _FIRST_DELAY, 0

    def again(self, wait: float = 0.0) -> bool:
        """Waits, `wait` seconds at least, and says whether there is another try."""
        self._count += 1
        pause = max(self._delay * random.uniform(0.8, 1.2), wait)
        if time.monotonic() + pause > self._deadline and (self._count > 1 or wait):
            return False
        time.sleep(pause)
        self._delay = min(2 * self._delay, _LAST_DELAY)
        return True


class Asking:
    """`timeout`: seconds of silence; `patience`: seconds for all tries of one request."""

    def __init__(self, door: Door, timeout: float, patience: float) -> None:
        self._door, self._timeout, self._patience = door, timeout, patience

    def tries(self) -> Tries:
        return Tries(self._patience)

    def ask(self, request: Request, stream: bool = False) -> urllib3.BaseHTTPResponse:
        """The whole answer; with `stream` its body is left to be read. Raises what http_errors says."""
        tries = self.tries()
        while True:
            try:
                answer = self._send(request, stream)
                if answer.status < 400 or (answer.status in request.expected and _ours(answer)):
                    return answer
                refusal = http_errors.refusal(
                    answer.status, answer.headers, answer.data, request.about, self._door.base
                )
            except urllib3.exceptions.HTTPError as error:
                if not tries.again():
                    raise http_errors.silence(error, request.about) from error
                continue
            again = answer.status in _AGAIN or (answer.status, request.method) == _DAMAGED
            if not again or not tries.again(_retry_after(answer)):
                raise refusal

    def told(self, request: Request) -> dict[str, Any]:
        """The JSON of the answer; an error in it is raised."""
        answer = self.ask(request)
        try:
            told = dict(json.loads(answer.data))
        except (ValueError, TypeError):
            raise http_errors.foreign(request.about) from None
        if "error" in told:
            raise http_errors.told(told, request.about)
        return told

    def _send(self, request: Request, stream: bool) -> urllib3.BaseHTTPResponse:
        """One try. Raises urllib3's HTTPError, and what the headers raise."""
        headers = {**self._door.headers(), **request.headers}
        body: Any = None
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
            body = _in_pieces(memoryview(request.body))
        return self._door.pool.request(
            request.method,
            f"{self._door.base}{request.path}{_query(request.query)}",
            headers=headers,
            body=body,
            timeout=urllib3.Timeout(connect=min(CONNECT, self._timeout), read=self._timeout),
            retries=False,
            redirect=False,
            preload_content=not stream,
        )


def _ours(answer: urllib3.BaseHTTPResponse) -> bool:
    """It came from the gateway and not from something in between."""
    return http_errors.ERROR in answer.headers or "X-Ferry-Size" in answer.headers


def _retry_after(answer: urllib3.BaseHTTPResponse) -> float:
    """Seconds that the answer asks to wait."""
    with suppress(ValueError):
        return max(float(answer.headers.get("Retry-After", "0")), 0.0)
    return 0.0


def _query(values: Mapping[str, object]) -> str:
    given = {key: str(value) for key, value in values.items() if value is not None}
    return f"?{urlencode(given, quote_via=quote, safe='')}" if given else ""


def _in_pieces(body: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]
