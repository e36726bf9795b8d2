"""`ferry serve`: the links of a folder store, on this machine's loopback. One server a store, found by its state file.

python -m trainferry.sdk.links.serving ROOT SECONDS    detached; ends when it finds no living share twice, SECONDS apart
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from trainferry.errors import BadInput, FerryError
from trainferry.local import processes
from trainferry.local.processes import Process
from trainferry.share import record
from trainferry.share.key import link_key
from trainferry.store import names
from trainferry.store.file import FileStore
from trainferry.store.os_errors import translated

if TYPE_CHECKING:
    import uvicorn

PORT = 8765
HOST = "127.0.0.1"
LOOK = 600.0  # seconds between two looks whether there is a share left to serve


class Serving:
    """The server of the store in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._own = root / names.RESERVED
        self._state, self.log = self._own / "serve.json", self._own / "serve.log"

    def running(self) -> str:
        """Where it listens; "" when it does not run."""
        found = self._read()
        return f"http://{HOST}:{found[1]}" if found and processes.alive(found[0]) else ""

    def ensure(self, look: float = LOOK) -> tuple[str, bool]:
        """Where it listens, and whether it had to be started. Raises FerryError with what kept it from it."""
        with translated(self._own), self._lock():
            if address := self.running():
                return address, False
            words = [sys.executable, "-m", "trainferry.sdk.links.serving", str(self.root), str(look)]
            large = self.log.exists() and self.log.stat().st_size > 8 << 20
            with self.log.open("wb" if large else "ab") as log:
                done = subprocess.run(
                    words, cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            address = self.running()
            if done.returncode or not address:
                said = (self.log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
                raise FerryError(f"ferry serve did not start: {said}", f"see {self.log}")
            return address, True

    def listen(self, ports: Sequence[int]) -> "Listener":
        """The first of the ports that is free, not yet answered. Raises BadInput when none is."""
        for port in ports:
            with suppress(OSError):
                return Listener(self, socket.create_server((HOST, port)))
        raise BadInput(f"--port {ports[-1]}: something else listens there", "ferry serve --port 0 takes any free one")

    def stop(self) -> bool:
        """End it; False when it did not run."""
        found = self._read()
        if found is None or not processes.send(found[0], signal.SIGTERM):
            return False
        while processes.alive(found[0]):
            time.sleep(0.05)
        return True

    def last_port(self) -> int:
        """Where it listened last: links that were given out name it."""
        found = self._read()
        return found[1] if found else PORT

    def write(self, process: Process, port: int) -> None:
        """Who serves, and where."""
        self._own.mkdir(parents=True, exist_ok=True)
        told = json.dumps({"pid": process.pid, "started": process.started, "port": port})
        temporary = self._state.with_suffix(f".{os.getpid()}")
        temporary.write_text(told)
        temporary.replace(self._state)

    def _read(self) -> tuple[Process, int] | None:
        try:
            told = json.loads(self._state.read_text())
            return Process(told["pid"], told["started"]), int(told["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self._own.mkdir(parents=True, exist_ok=True)
        with (self._own / "serve.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Listener:
    """A port that is held, and the server behind it."""

    def __init__(self, serving: Serving, held: socket.socket) -> None:
        self._serving, self._socket = serving, held
        self.port = int(held.getsockname()[1])
        self.url = f"http://{HOST}:{self.port}"

    def announce(self, pid: int) -> None:
        """The process that serves: `ferry share` finds it."""
        process = processes.current(pid)
        if process is not None:
            self._serving.write(process, self.port)

    def run(self, look: float = 0) -> None:
        """Until it is ended; with `look`, until it finds no living share twice, so many seconds apart."""
        from trainferry.gateway.alone import links_app  # `ferry share` needs no server of its own
        from trainferry.gateway.wire import server

        store = FileStore(self._serving.root)
        running = server(links_app(store, link_key(store.root)), HOST, self.port, grace=2)
        if look:
            threading.Thread(target=_end_when_idle, args=(store, running, look), daemon=True).start()
        running.run(sockets=[self._socket])


def _end_when_idle(store: FileStore, running: "uvicorn.Server", look: float) -> None:
    idle = 0
    while idle < 2:
        time.sleep(look)
        idle = 0 if _awaited(store) else idle + 1
    running.should_exit = True


def _awaited(store: FileStore) -> bool:
    """Whether any link still opens something."""
    try:
        return any(share.living() for share in record.everything(store))
    except FerryError:
        return True  # a store that does not answer now may do so later


def main(root: str, look: str) -> int:
    """Detach, and serve. When the first process ends, the port is open and the state file names the second."""
    serving = Serving(Path(root))
    try:
        listener = serving.listen([serving.last_port(), PORT, 0])
        if child := os.fork():
            listener.announce(child)
            return 0
        listener.run(float(look))
    except FerryError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
