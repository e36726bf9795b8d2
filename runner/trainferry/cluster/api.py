"""The one request to the API server: bounded, repeated where that is safe, its refusals translated."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from trainferry.cluster.call import JSON, Call, NoAnswer, Reply
from trainferry.cluster.refusals import refusal
from trainferry.errors import Missing, Unreachable

if TYPE_CHECKING:
    from trainferry.cluster.plain import Access  # it loads TLS

REPEATABLE = ("GET", "PUT", "PATCH", "DELETE")  # a POST may have been done although its reply was lost
BUSY = (500, 502, 503, 504)
PAGE = 500


@dataclass(frozen=True)
class Limits:
    """Seconds and counts. `read` bounds one answer, `silence` the wait for the next bytes of a stream;
    `patience` how long a watcher goes on asking a server that does not answer."""

    connect: float = 5.0
    read: float = 30.0
    silence: float = 25.0
    patience: float = 60.0
    tries: int = 4
    pause: float = 0.25
    longest_pause: float = 10.0


class Channel(Protocol):
    """What `wire.Wire` is: one call, one reply."""

    server: str
    access: "Access"

    def send(self, call: Call, read_timeout: float) -> Reply: ...

    def stream(self, call: Call, read_timeout: float) -> Any: ...


class Api:
    """One server, context and namespace. Objects go in and come out as plain JSON values."""

    def __init__(self, channel: Channel, context: str, namespace: str, limits: Limits) -> None:
        self.channel, self.context, self.namespace, self.limits = channel, context, namespace, limits

    def in_namespace(self, namespace: str) -> "Api":
        """The same connection, looking elsewhere."""
        return Api(self.channel, self.context, namespace, self.limits)

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        *,
        accept: str = JSON,
        content_type: str = JSON,
        warn: Callable[[str], None] | None = None,
    ) -> Any:
        """The answer's JSON. Raises trainferry.errors; `warn` gets the server's warnings."""
        call = Call(method, path, query or {}, body, accept, content_type)
        reply = self._ask(call)
        if reply.status >= 400:
            raise refusal(reply, call, self.context, self.channel.server)
        if warn and reply.header("Warning"):
            warn(reply.header("Warning"))
        return self._json(reply)

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        return self.request("GET", path, query)

    def find(self, path: str) -> Any | None:
        """The object, or None when there is none of that name."""
        try:
            return self.get(path)
        except Missing as error:
            if error.message.startswith("no namespace"):
                raise
            return None

    def items(self, path: str, query: Mapping[str, str | int] | None = None, accept: str = JSON) -> list[Any]:
        """Every object of a list."""
        return [item for page in self.pages(path, query, accept) for item in page.get("items") or []]

    def pages(self, path: str, query: Mapping[str, str | int] | None = None, accept: str = JSON) -> Iterator[Any]:
        """Every page of a list, as the server sent it: `items` may be null."""
        asked: dict[str, str | int] = {"limit": PAGE, **(query or {})}
        while True:
            page = self.request("GET", path, asked, accept=accept)
            yield page
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return
            asked["continue"] = token

    def text(self, path: str, query: Mapping[str, str | int] | None = None) -> bytes:
        """An answer that is not JSON, such as a log."""
        call = Call("GET", path, query or {}, accept="*/*")
        reply = self._ask(call)
        if reply.status >= 400:
            raise refusal(reply, call, self.context, self.channel.server)
        return reply.body

    @contextmanager
    def stream(self, path: str, query: Mapping[str, str | int], silence: float = 0.0) -> Iterator[Iterator[bytes]]:
        """A body that goes on, in pieces as they come. Asked once: the caller knows where to go on."""
        call = Call("GET", path, query, accept="*/*")
        stream = self.channel.stream(call, silence or self.limits.silence)
        if isinstance(stream, Reply):
            raise refusal(stream, call, self.context, self.channel.server)
        try:
            yield iter(stream)
        finally:
            stream.close()

    def _ask(self, call: Call) -> Reply:
        for pause in self._pauses():
            try:
                reply = self.channel.send(call, self.limits.read)
            except NoAnswer:
                if pause is None or call.method not in REPEATABLE:
                    raise
            else:
                if pause is None or not _repeat(reply, call):
                    return reply
                pause = max(pause, min(_retry_after(reply), self.limits.longest_pause))
            time.sleep(pause)
        raise AssertionError("the last pause is None")

    def _pauses(self) -> Iterator[float | None]:
        """0.25, 0.5, 1 ... seconds between the tries; None when the try was the last."""
        for n in range(self.limits.tries - 1):
            yield self.limits.pause * 2**n
        yield None

    def _json(self, reply: Reply) -> Any:
        try:
            return json.loads(reply.body)
        except ValueError as error:
            where = f"{self.channel.server} (context {self.context})"
            raise Unreachable(f"{where} does not answer as a Kubernetes API server does") from error


def _repeat(reply: Reply, call: Call) -> bool:
    """429 was not done, whatever it was; after the server's own troubles only what may be done twice is repeated."""
    return reply.status == 429 or (reply.status in BUSY and call.method in REPEATABLE)


def _retry_after(reply: Reply) -> float:
    value = reply.header("Retry-After")
    return float(value) if value.isdigit() else 0.0
