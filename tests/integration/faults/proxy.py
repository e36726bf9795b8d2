"""An HTTP proxy that does to its connections what bad networks, busy servers and broken machines do.

    python -m tests.integration.faults.proxy 127.0.0.1:9000 127.0.0.1:4443     (before the server at :4443)

One JSON object a line on stdin is a new plan (`{"faults": [...]}`, plan.Fault) or, empty, a question; one on stdout
answers with the state. It ends with its stdin.
"""

import asyncio
import json
import socket
import sys

from tests.integration.faults import wire
from tests.integration.faults.connection import Connection
from tests.integration.faults.plan import Fault, Plan
from tests.integration.faults.wire import Stream


class Proxy:
    """The state of all connections: the plan, and both addresses as they are written in URLs."""

    def __init__(self, own: str, server: str) -> None:
        self.own, self.server, self.plan = own.encode(), server.encode(), Plan()

    async def listen(self) -> None:
        """For ever."""
        listener = wire.small_socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(wire.address(self.own.decode()))
        listener.listen(256)
        tasks = set[asyncio.Task[None]]()
        while True:
            sock, _ = await asyncio.get_running_loop().sock_accept(listener)
            task = asyncio.create_task(Connection(self, Stream(sock)).live())
            tasks.add(task)
            task.add_done_callback(tasks.discard)


async def _obey(proxy: Proxy) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if "faults" in order:
            proxy.plan = Plan([Fault(**fault) for fault in order["faults"]])
        sys.stdout.write(json.dumps(proxy.plan.state()) + "\n")
        sys.stdout.flush()


async def main(own: str, server: str) -> None:
    """Until stdin ends."""
    proxy = Proxy(own, server)
    listening = asyncio.create_task(proxy.listen())
    obeying = asyncio.create_task(_obey(proxy))
    done, _ = await asyncio.wait([listening, obeying], return_when=asyncio.FIRST_COMPLETED)
    done.pop().result()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
