"""Ports of a run's pod on this machine's loopback: one websocket through the API server for each connection.

The stream carries frames of one byte (0: data, 1: an error) and bytes; the first frame of each kind names the port.
Every pump reads only when what it read before is written, so a slow reader holds up its sender and nothing else.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import websocket

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.call import Call, NoAnswer, Reply
from trainferry.cluster.pod import age_key, finished
from trainferry.cluster.refusals import refusal
from trainferry.errors import FerryError, Missing, Unreachable

PROTOCOL = "v4.channel.k8s.io"
DATA, ERROR = 0, 1
CHUNK = 64 * 1024
FOREVER = 4 * 3600.0  # seconds without a byte; the kubelet ends a silent stream after as many


class Stream:
    """One connection to a port inside a pod. Raises Missing, Forbidden, Unreachable.

    `silence`: seconds that a read may wait.
    """

    def __init__(self, api: Api, pod: str, port: int, silence: float = FOREVER) -> None:
        self._named: set[int] = set()
        self._socket: Any = _connected(api, pod, port)
        self._socket.settimeout(silence)

    def send(self, data: bytes) -> None:
        """All of it. Raises Unreachable."""
        try:
            self._socket.send_binary(bytes([DATA]) + data)
        except (websocket.WebSocketException, OSError) as error:
            raise Unreachable(f"the forwarded port broke off: {error}") from error

    def receive(self) -> bytes:
        """The next bytes; b"" at the end. Raises Unreachable with the node's own words."""
        while True:
            try:
                frame = self._socket.recv()
            except websocket.WebSocketConnectionClosedException:
                return b""
            except (websocket.WebSocketException, OSError) as error:
                raise Unreachable(f"the forwarded port broke off: {error}") from error
            if not isinstance(frame, bytes) or not frame:
                return b""
            channel, data = frame[0], frame[1:]
            if channel not in self._named:
                self._named.add(channel)
                data = data[2:]
            if channel == ERROR and data:
                raise Unreachable(f"the pod's port does not answer: {data.decode(errors='replace').strip()}")
            if channel == DATA and data:
                return data

    def close(self) -> None:
        """End it, also for a thread that waits in `receive`."""
        with contextlib.suppress(websocket.WebSocketException, OSError):
            self._socket.shutdown()


@dataclass(frozen=True)
class Target:
    """`port` of the newest pod of `run`, whichever that is by then. `tell` hears what went wrong."""

    run: str
    port: int
    tell: Callable[[str], None] = lambda line: None


class Forwarding:
    """Connections to 127.0.0.1:`local` go to the target."""

    def __init__(self, api: Api, target: Target, local: int = 0) -> None:
        self._api, self._target, self._told = api, target, ""
        self._streams: set[Stream] = set()
        self._listening = socket.create_server(("127.0.0.1", local))
        self.local = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No connections any more."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()

    def drop(self) -> None:
        """End the connections there are: their pod is gone, and who needs one makes another."""
        for stream in list(self._streams):
            stream.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # it was closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                stream = to_run(self._api, self._target.run, self._target.port)
                self._streams.add(stream)
                up = threading.Thread(target=_up, args=(connection, stream), daemon=True)
                up.start()
                try:
                    _down(connection, stream)
                finally:
                    self._streams.discard(stream)
                    stream.close()
                    up.join()
            except FerryError as error:  # whoever connects again is connected again
                self._tell(str(error))

    def _tell(self, line: str) -> None:
        """Once, however many connections meet the same trouble."""
        if line != self._told:
            self._told = line
            self._target.tell(line)


def to_run(api: Api, run: str, port: int, silence: float = FOREVER) -> Stream:
    """A connection to the newest pod of a run. Raises Missing when it has none."""
    pods = api.items(kinds.pods(api.namespace), {"labelSelector": f"{kinds.JOB_NAME}={run}"})
    alive = [pod for pod in pods if not finished(pod)]
    if not alive:
        raise Missing(f"{run} has no pod that runs", f"ferry describe {run}")
    return Stream(api, max(alive, key=age_key)["metadata"]["name"], port, silence)


def _down(connection: socket.socket, stream: Stream) -> None:
    """Until either end closes; then both are closed. Raises Unreachable."""
    try:
        while data := stream.receive():
            connection.sendall(data)
    except OSError:
        pass  # the program here went away
    finally:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _up(connection: socket.socket, stream: Stream) -> None:
    try:
        while data := connection.recv(CHUNK):
            stream.send(data)
    except (OSError, FerryError):
        pass
    finally:
        stream.close()


def _connected(api: Api, pod: str, port: int) -> Any:
    access, path = api.channel.access, f"{kinds.pods(api.namespace, pod)}/portforward"
    call = Call("GET", path, {"ports": port})
    where = f"{access.server} (context {access.context})"
    try:
        made: Any = websocket.WebSocket(enable_multithread=True, skip_utf8_validation=True)
        made.settimeout(api.limits.read)
        made.connect(
            access.server.replace("http", "ws", 1) + call.target,
            socket=_dialled(access.pool, access.server, api.limits.connect),
            header=[f"{name}: {value}" for name, value in access.headers().items()],
            subprotocols=[PROTOCOL],
            suppress_origin=True,
        )
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
