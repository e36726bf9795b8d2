"""Ports of a run's pod on this machine's loopback: one websocket through the API server for each connection.

One thread serves a connection, since TLS is nothing for two, and reads only when what it read before is written: so a
slow reader holds up its sender and nothing else.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.pod import age_key, finished
from trainferry.cluster.port import Stream
from trainferry.errors import FerryError, Missing

CHUNK = 64 * 1024


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
            stream.wake()

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
                with contextlib.closing(to_run(self._api, self._target.run, self._target.port)) as stream:
                    self._streams.add(stream)
                    try:
                        _pump(connection, stream)
                    finally:
                        self._streams.discard(stream)
            except FerryError as error:  # whoever connects again is connected again
                self._tell(str(error))

    def _tell(self, line: str) -> None:
        """Once, however many connections meet the same trouble."""
        if line != self._told:
            self._told = line
            self._target.tell(line)


def to_run(api: Api, run: str, port: int) -> Stream:
    """A connection to the newest pod of a run. Raises Missing when it has none."""
    pods = api.items(kinds.pods(api.namespace), {"labelSelector": f"{kinds.JOB_NAME}={run}"})
    alive = [pod for pod in pods if not finished(pod)]
    if not alive:
        raise Missing(f"{run} has no pod that runs", f"ferry describe {run}")
    return Stream(api, max(alive, key=age_key)["metadata"]["name"], port)


def _pump(connection: socket.socket, stream: Stream) -> None:
    """Bytes both ways until either end closes. Raises Unreachable."""
    with selectors.DefaultSelector() as selector, contextlib.suppress(ConnectionError):
        for each in (connection, stream.socket):
            selector.register(each, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select(0 if stream.pending else None)]
            if connection in ready:
                sent = connection.recv(CHUNK)
                if not sent:
                    return
                stream.send(sent)
            if stream.pending or stream.socket in ready:
                received = stream.receive()
                if received is None:
                    return
                connection.sendall(received)
