"""A real gateway in a process of its own, on the loopback.

with gateway(tmp_path / "claim") as running:
    store = running.store()
    running.kill()
    running.start()
"""

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

import urllib3

from tests.integration.gateway.serving import BOB, MEMBER
from trainferry.store.http import Door, HttpStore

__all__ = ["BOB", "MEMBER", "Gateway", "gateway"]
ROOT = Path(__file__).resolve().parents[3]


class Gateway:
    """`module`: what is run with the folder and the port; `output`: all that it ever said."""

    def __init__(self, folder: Path, module: str, log: Path) -> None:
        self.folder, self._module, self._log = folder, module, log
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """On the same folder and port as before; back when it answers."""
        ends_with_us = ["setpriv", "--pdeathsig", "KILL"]
        command = [*ends_with_us, sys.executable, "-m", self._module, str(self.folder), str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=_environment())
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the gateway did not start: {self.output}")
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, at once."""
        self._end(kill=True)

    def stop(self) -> None:
        """SIGTERM; back when it ended."""
        self._end(kill=False)

    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def rss(self) -> int:
        """Bytes of memory it has now."""
        return self._memory("VmRSS")

    def peak(self) -> int:
        """Bytes of memory it had at most."""
        return self._memory("VmHWM")

    def door(self, token: str = MEMBER, base: str = "") -> Door:
        """`base`: another way to it, such as a proxy."""
        pool = urllib3.PoolManager(maxsize=32, retries=False)
        return Door(base or self.url, pool, lambda: {"X-Ferry-Token": token})

    def store(
        self, prefix: str = "", token: str = MEMBER, timeout: float = 60.0, patience: float = 60.0, base: str = ""
    ) -> HttpStore:
        url = f"volume://claim/{prefix}".rstrip("/")
        return HttpStore(url, self.door(token, base), prefix, timeout, patience)

    def _end(self, kill: bool) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                (self._process.kill if kill else self._process.terminate)()
            self._process.wait(60)
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _memory(self, key: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{key}:"))


@contextmanager
def gateway(
    folder: Path, module: str = "tests.integration.gateway.serving", log: Path | None = None
) -> Iterator[Gateway]:
    """Serves `folder` until the end; started already."""
    running = Gateway(folder, module, log or folder.with_name(f"{folder.name}.log"))
    running.start()
    try:
        yield running
    finally:
        running.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "runner"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)}
