"""A notebook on this machine: a JupyterLab of this Python over the project's own folder."""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trainferry.agent import results
from trainferry.agent.lab import PATIENCE
from trainferry.data import catalog, pull
from trainferry.errors import BadInput, FerryError
from trainferry.sdk.notebooks.lab import Lab
from trainferry.spec.runspec import DataMount
from trainferry.store import Store

LONGEST = 60.0  # seconds until it answers


@dataclass(frozen=True)
class Place:
    """`root`: what it shows. `folder`: for what is fetched, kept from one notebook to the next. `idle`: seconds."""

    root: Path
    folder: Path
    port: int
    idle: int


def check() -> None:
    """Raises BadInput when this Python has no JupyterLab."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise BadInput("JupyterLab is not installed", "pip install 'trainferry[notebook]'")


def gather(store: Store, run: str, mounts: tuple[DataMount, ...], place: Place) -> dict[str, str]:
    """Fetch what the run brought back and its data; the variables that name the folders, as in a pod."""
    found: dict[str, str] = {}
    for mount in mounts:
        version = catalog.resolve(store, mount.dataset, mount.version)
        target = place.folder / "data" / mount.dataset / version
        if not target.exists():
            pull.pull(store, mount.dataset, version, target)
        name = "".join(letter if letter.isalnum() else "_" for letter in mount.name.upper())
        found |= {f"FERRY_DATA_{name}": str(target)}
        found.setdefault("FERRY_DATA", str(target))
    if run:
        target = place.folder / "runs" / run
        results.fetch(store, run, target)
        found |= {"FERRY_RUN": run, "FERRY_RESULTS": str(target)}
    return found


def start(place: Place, variables: Mapping[str, str]) -> Lab:
    """Start it, and return when it answers. Raises FerryError with its last words when it does not."""
    private = place.folder / f"lab-{secrets.token_hex(4)}"
    private.mkdir(parents=True, mode=0o700)
    token, log = private / "token", private / "log"
    port = _free(place.port)
    words = [sys.executable, "-m", "trainferry.agent.lab", str(place.root), str(token)]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*words, "--port", str(port), "--idle", str(place.idle)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **variables},
            start_new_session=True,  # Ctrl-C is ours to hear
        )
    closing = _closing(process, private)
    if not answers(f"http://127.0.0.1:{port}", lambda: process.poll() is None):
        last = (log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        closing()
        raise FerryError(f"JupyterLab did not start: {last}", "python -m jupyterlab says more")
    return Lab("", f"http://127.0.0.1:{port}", token.read_text(), lambda: _waited(process, place), closing)


def answers(address: str, alive: Callable[[], bool], longest: float = LONGEST) -> bool:
    """Whether it does so before it ends and before the time is up."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + longest
    while time.monotonic() < end and alive():
        try:
            with opener.open(f"{address}/api", timeout=10):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _waited(process: "subprocess.Popen[bytes]", place: Place) -> str:
    code = process.wait()
    return f"it was idle for {place.idle:,} s" if code == 0 else f"JupyterLab ended with exit code {code}"


def _closing(process: "subprocess.Popen[bytes]", private: Path) -> Callable[[], None]:
    def close() -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(private, ignore_errors=True)

    return close


def _free(port: int) -> int:
    """`port`, or a free one when it is taken."""
    for candidate in (port, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", candidate)) as probe:
            return int(probe.getsockname()[1])
    raise BadInput(f"--port {port}: no port is free", "ferry notebook --port 0")
