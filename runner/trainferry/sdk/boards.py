"""A local TensorBoard over event files mirrored from the store.

Files are mirrored by appending, in the order of the attempts: TensorBoard never returns to an older or a replaced
file (it reads on where it stopped).
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trainferry.agent.mirror import POLL, mirror
from trainferry.errors import BadInput, FerryError
from trainferry.store import Store


@dataclass
class Board:
    """A running TensorBoard. `url` answers once `open_board` returned."""

    url: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    stop: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> int:
        """Until TensorBoard ends."""
        return self.process.wait()

    def close(self) -> None:
        """End it, and remove what was mirrored for it."""
        self.stop.set()
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


def check_port(port: int) -> int:
    """The port itself, or BadInput; 0 means any that is free."""
    if port > 65535:
        raise BadInput(f"--port {port}: expected a port up to 65535, for example --port 6006")
    return port


def open_board(runs: Mapping[str, Store], port: int) -> Board:
    """Mirror the runs' event files, each from its store, and start TensorBoard on 127.0.0.1.

    Raises BadInput when it cannot start.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise BadInput("TensorBoard is not installed", "pip install 'trainferry[tensorboard]'")
    port = _free(port)
    folder = Path(tempfile.mkdtemp(prefix="ferry-tensorboard-"))
    for run, store in runs.items():
        mirror(store, run, folder / run)
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--host", "127.0.0.1"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        [*command, "--port", str(port), "--reload_interval", "5"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    board = Board(f"http://127.0.0.1:{port}/", folder, process)
    _answering(board)
    threading.Thread(target=_keep_mirroring, args=(runs, board), daemon=True).start()
    return board


def _keep_mirroring(runs: Mapping[str, Store], board: Board) -> None:
    while not board.stop.wait(POLL) and board.process.poll() is None:
        for run, store in runs.items():
            try:
                mirror(store, run, board.folder / run)
            except FerryError:
                continue  # the store is away for a moment: the next look catches up


def _free(port: int) -> int:
    """`port`, or a free one when it is taken."""
    for candidate in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise BadInput(f"--port {port}: no port is free", "ferry tensorboard --port 0")


def _answering(board: Board, patience: float = 60) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + patience
    while time.monotonic() < end and board.process.poll() is None:
        try:
            with opener.open(board.url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    board.close()
    raise FerryError("TensorBoard did not start", "python -m tensorboard.main --logdir . says why")
