"""HTTP to one API server, by urllib3. Imported on first use."""

import ssl
from collections.abc import Iterator
from typing import Any

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    SSLError,
    TimeoutError,
)

from trainferry.cluster.call import Call, NoAnswer, Reply
from trainferry.cluster.plain import Access
from trainferry.errors import Unreachable

CHUNK = 64 * 1024


class Wire:
    """One server, as one user. Every call has a connect and a read timeout."""

    def __init__(self, access: Access, connect_timeout: float) -> None:
        self.server, self.access = access.server, access
        self.where = f"{self.server} (context {access.context})"
        self._connect_timeout = connect_timeout

    def send(self, call: Call, read_timeout: float) -> Reply:
        """The whole reply, whatever its status. Raises NoAnswer when it may be asked again, else Unreachable."""
        try:
            response = self._open(call, read_timeout, preload_content=True)
            return Reply(response.status, dict(response.headers), response.data)
        except (HTTPError, OSError) as error:
            raise self._translated(error) from error

    def stream(self, call: Call, read_timeout: float) -> "Stream | Reply":
        """An open stream, or the whole reply when the status is not 200. `read_timeout` bounds each silence."""
        try:
            response = self._open(call, read_timeout, preload_content=False)
            if response.status != 200:
                return Reply(response.status, dict(response.headers), response.read())
        except (HTTPError, OSError) as error:
            raise self._translated(error) from error
        return Stream(self, response)

    def _open(self, call: Call, read_timeout: float, preload_content: bool) -> Any:
        return self.access.pool.request(
            call.method,
            self.server + call.target,
            body=call.payload,
            headers=self.access.headers() | call.headers,
            timeout=urllib3.Timeout(connect=self._connect_timeout, read=read_timeout),
            retries=False,
            redirect=False,
            preload_content=preload_content,
        )

    def _translated(self, error: Exception) -> Unreachable:
        text = _cause(error)
        certificate = isinstance(error, (SSLError, ssl.SSLError)) or "certificate" in text.lower()
        if certificate:
            return Unreachable(
                f"{self.where} shows a certificate that cannot be trusted: {text}", "kubectl cluster-info"
            )
        return NoAnswer(f"{self.where} {_what_happened(error)}", "kubectl cluster-info")


class Stream:
    """The body of a reply that goes on; iterating raises NoAnswer when the peer breaks off or falls silent."""

    def __init__(self, wire: Wire, response: Any) -> None:
        self._wire, self._response = wire, response

    def __iter__(self) -> Iterator[bytes]:
        try:
            if getattr(self._response, "chunked", False):
                yield from self._response.read_chunked(CHUNK)
                return
            while data := self._response.read1(CHUNK):
                yield data
        except (HTTPError, OSError) as error:
            raise self._wire._translated(error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Ends the connection: the rest of the body is not wanted."""
        self._response.close()
        self._response.release_conn()


HAPPENED: tuple[tuple[type[Exception], str], ...] = (
    (ProxyError, "cannot be reached through its proxy"),
    (NameResolutionError, "cannot be found: its name does not resolve"),
    (NewConnectionError, "cannot be reached"),  # a ConnectTimeoutError to urllib3: so it comes first
    (ConnectTimeoutError, "cannot be reached: it does not answer"),
    (TimeoutError, "fell silent"),
    (HTTPError, "broke off the connection"),
)


def _what_happened(error: Exception) -> str:
    text = next((text for kind, text in HAPPENED if isinstance(error, kind)), "cannot be reached")
    if isinstance(error, NewConnectionError) and not isinstance(error, NameResolutionError):
        return f"{text}: {_cause(error)}"
    return text


def _cause(error: BaseException) -> str:
    """The innermost words: urllib3 wraps the system's error several times."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    text = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return " ".join(text.splitlines()[:1])
