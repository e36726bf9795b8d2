"""The GCS server that all the benches share: fake-gcs-server by itself, without our proxy before it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.cluster import gcs_server as gcs
from tests.cluster.gcs_server import GcsServer

Serve = Callable[[], AbstractContextManager[GcsServer]]


@contextmanager
def emulator(host: str = "127.0.0.1", inside: tuple[str, ...] = ()) -> Iterator[GcsServer]:
    """Everything in memory, a free port; `inside`: words before the command, such as `ip netns exec NAME`."""
    address = f"{host}:{gcs.free_port()}"
    process = gcs.start([*inside, *gcs.emulator_command(address, address)])
    try:
        server = GcsServer(f"http://{address}")
        while not server.answers():
            if process.poll() is not None:
                raise RuntimeError("the GCS server did not come up; its messages are above")
            time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()
