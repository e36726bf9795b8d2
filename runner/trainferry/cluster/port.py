"""A port inside a pod, as a websocket through the API server.

It carries frames of one byte (0: data, 1: an error) and bytes; the first frame of each kind names the port.
"""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import websocket

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.call import Call, NoAnswer, Reply
from trainferry.cluster.refusals import refusal
from trainferry.errors import Unreachable

PROTOCOL = "v4.channel.k8s.io"
DATA, ERROR = 0, 1
SILENCE = 60.0  # seconds that a frame which has begun may take


class Stream:
    """One connection to a port inside a pod, for one thread. Raises Missing, Forbidden, Unreachable."""

    def __init__(self, api: Api, pod: str, port: int) -> None:
        self._named: set[int] = set()
        self._socket: Any = _connected(api, pod, port)
        self.socket: socket.socket = self._socket.sock

    @property
    def pending(self) -> bool:
        """Whether bytes wait in TLS, where no selector sees them."""
        return bool(self.socket.pending()) if hasattr(self.socket, "pending") else False

    def send(self, data: bytes) -> None:
        """All of it."""
        with _translated():
            self._socket.send_binary(bytes([DATA]) + data)

    def receive(self) -> bytes | None:
        """The next frame's bytes, b"" when it has none for us; None at the end. Raises the node's own words."""
        with _translated():
            try:
                opcode, frame = self._socket.recv_data_frame(control_frame=True)
            except websocket.WebSocketConnectionClosedException:
                return None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return None
        if opcode != websocket.ABNF.OPCODE_BINARY or not frame.data:
            return b""
        channel, data = frame.data[0], bytes(frame.data[1:])
        if channel not in self._named:
            self._named.add(channel)
            data = data[2:]
        if channel == ERROR and data:
            raise Unreachable(f"the pod's port does not answer: {data.decode(errors='replace').strip()}")
        return data if channel == DATA else b""

    def everything(self) -> bytes:
        """Until the end."""
        return b"".join(iter(self.receive, None))

    def wake(self) -> None:
        """End it from another thread: whoever serves it sees the end, and closes it."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)  # not TLS's own, which would tear down what is in use

    def close(self) -> None:
        """Ends the connection."""
        with contextlib.suppress(websocket.WebSocketException, OSError):
            self._socket.shutdown()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (websocket.WebSocketException, OSError) as error:
        raise Unreachable(f"the forwarded port broke off: {error}") from error


def _connected(api: Api, pod: str, port: int) -> Any:
    access, path = api.channel.access, f"{kinds.pods(api.namespace, pod)}/portforward"
    call = Call("GET", path, {"ports": port})
    where = f"{access.server} (context {access.context})"
    try:
        made: Any = websocket.WebSocket(skip_utf8_validation=True)
        made.settimeout(api.limits.read)
        made.connect(
            access.server.replace("http", "ws", 1) + call.target,
            socket=_dialled(access.pool, access.server, api.limits.connect),
            header=[f"{name}: {value}" for name, value in access.headers().items()],
            subprotocols=[PROTOCOL],
            suppress_origin=True,
        )
        made.settimeout(SILENCE)
    except websocket.WebSocketBadStatusException as error:
        reply = Reply(error.status_code, error.resp_headers or {}, error.resp_body or b"")
        raise refusal(reply, call, access.context, access.server) from error
    except (websocket.WebSocketException, OSError) as error:
        raise NoAnswer(f"{where} does not forward the port: {error}", "kubectl cluster-info") from error
    return made


def _dialled(pools: Any, server: str, timeout: float) -> socket.socket:
    """A connection as urllib3 makes it for this user: trust, certificate and proxy."""
    pool: Any = pools.connection_from_url(server)
    connection: Any = pool._new_conn()
    connection.timeout = timeout
    if getattr(pool, "proxy", None):
        pool._prepare_proxy(connection)
    else:
        connection.connect()
    found: socket.socket = connection.sock
    return found
