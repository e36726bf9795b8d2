"""The way to a gateway, and asking through it until there is an answer."""

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


class Asking:
    """`timeout`: seconds of silence; `patience`: seconds for all tries of one request."""

    def __init__(self, door: Door, timeout: float, patience: float) -> None:
        self.door, self._timeout, self.patience = door, timeout, patience

    def ask(self, request: Request) -> urllib3.BaseHTTPResponse:
        """The whole answer. Raises what http_errors says."""
        for last in self.tries():
            try:
                answer = self.send(request)
            except urllib3.exceptions.HTTPError as error:
                if last():
                    raise http_errors.silence(error, request.about) from error
                continue
            if answer.status < 400 or (answer.status in request.expected and _ours(answer)):
                return answer
            if answer.status not in _AGAIN or last(retry_after(answer)):
                raise self.refusal(answer, request)
        raise AssertionError  # tries end by `last` only

    def tries(self) -> "Iterator[Callable[..., bool]]":
        """One turn a try, each with a question: was it the last one? Asking it waits for the next turn."""
        delay, deadline = _FIRST_DELAY, time.monotonic() + self.patience

        def last(wait: float = 0.0) -> bool:
            pause = max(delay, wait)
            if time.monotonic() + pause > deadline:
                return True
            time.sleep(pause)
            return False

        while True:
            yield last
            delay = min(2 * delay, _LAST_DELAY)

    def send(self, request: Request, stream: bool = False) -> urllib3.BaseHTTPResponse:
        """One try. `stream`: the body is left to be read. Raises urllib3's HTTPError, and what the headers raise."""
        headers = {**self.door.headers(), **request.headers}
        body: Any = None
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
            body = _in_pieces(memoryview(request.body))
        timeout = urllib3.Timeout(connect=min(CONNECT, self._timeout), read=self._timeout)
        return self.door.pool.request(
            request.method,
            f"{self.door.base}{request.path}{_query(request.query)}",
            headers=headers,
            body=body,
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=not stream,
        )

    def refusal(self, answer: urllib3.BaseHTTPResponse, request: Request) -> Exception:
        """The error of an answer."""
        return http_errors.refusal(answer.status, answer.headers, answer.data, request.about, self.door.base)


def _ours(answer: urllib3.BaseHTTPResponse) -> bool:
    """It came from the gateway and not from something in between."""
    return http_errors.ERROR in answer.headers or "X-Ferry-Size" in answer.headers


def retry_after(answer: urllib3.BaseHTTPResponse) -> float:
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
