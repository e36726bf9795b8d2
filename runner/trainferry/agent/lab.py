"""JupyterLab for one person: on 127.0.0.1 only, its token in a file and nowhere else, and it ends itself when idle.

python3 -m trainferry.agent.lab ROOT TOKEN_FILE [--port N] [--idle SECONDS]
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trainferry.runs import exit_codes

PORT = 8888
IDLE = 3600.0  # seconds
PATIENCE = 30  # seconds that kernels get for their end
TOKEN_FILE = "JUPYTER_TOKEN_FILE"  # Jupyter's own variable


@dataclass(frozen=True)
class Lab:
    """`root`: what JupyterLab shows. `token`: a file that nobody else may read, made when it is not there.

    `work`: the folder of `root` that it begins in, below which a write is a sign of life. `idle`: seconds without one
    until it ends itself.
    """

    root: Path
    token: Path
    work: Path
    port: int = PORT
    idle: float = IDLE


def serve(lab: Lab) -> int:
    """Run JupyterLab until it was idle for so long: 0, or until SIGTERM: 75, so that it is started again elsewhere.

    Its own exit code when it ended by itself; 0 is what its menu's "Shut Down" means.
    """
    token = new_token(lab.token)
    environ = {**os.environ, TOKEN_FILE: str(lab.token), "JUPYTER_RUNTIME_DIR": str(lab.token.parent / "runtime")}
    with subprocess.Popen(
        _command(lab),
        cwd=lab.root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as jupyter:
        told = _ended_with_us(jupyter)
        _repeat(jupyter, token)
        try:
            while _runs_on(jupyter, min(15.0, lab.idle / 10)):
                if time.time() - last_activity(lab) > lab.idle:
                    sys.stderr.write(f"[ferry] nothing happened for {lab.idle:,.0f} s: the notebook ends\n")
                    jupyter.terminate()
                    _runs_on(jupyter, PATIENCE)
                    return 0
        finally:
            jupyter.kill()
    return exit_codes.AGAIN if told else _code(jupyter.returncode)


def new_token(path: Path) -> str:
    """The token in `path`, made when there is none; nobody else may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text()


def last_activity(lab: Lab) -> float:
    """When something last happened, in seconds since the epoch; a kernel at work is something.

    An open browser is nothing: JupyterLab asks its server without end whether anybody looks or not.
    """
    try:
        kernels, terminals = _ask(lab, "kernels"), _ask(lab, "terminals")
    except (OSError, ValueError):
        return time.time()  # it begins, or is too busy to answer
    if any(kernel["execution_state"] == "busy" for kernel in kernels):
        return time.time()
    seen = [datetime.fromisoformat(one["last_activity"]).timestamp() for one in [*kernels, *terminals]]
    return max([_started(lab), *seen, *_written(lab.work)])


def _command(lab: Lab) -> list[str]:
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": lab.port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.root_dir": lab.root,
        "FileContentsManager.preferred_dir": lab.work,
        "ServerApp.allow_origin": "",
        "ServerApp.log_level": "WARN",
        "LabApp.news_url": None,  # it asks nobody
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "jupyterlab", *flags, *(["--allow-root"] if os.getuid() == 0 else [])]


def _repeat(jupyter: "subprocess.Popen[bytes]", token: str) -> None:
    """What it says, without its token: it logs addresses of refused requests as they were asked."""

    def repeat() -> None:
        for line in jupyter.stdout or ():
            sys.stderr.buffer.write(line.replace(token.encode(), b"[secret]"))
            sys.stderr.flush()

    threading.Thread(target=repeat, daemon=True).start()


def _runs_on(jupyter: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether it still does after so long; at once when it ends."""
    try:
        jupyter.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _ended_with_us(jupyter: "subprocess.Popen[bytes]") -> list[int]:
    """Whoever ends us ends it. Returns the signals that have come, as they come."""
    told: list[int] = []

    def end(number: int, frame: object) -> None:
        told.append(number)
        jupyter.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return told


def _code(returned: int) -> int:
    """As a shell has it: 128 and the signal's number."""
    return returned if returned >= 0 else 128 - returned


def _ask(lab: Lab, what: str) -> Any:
    url, token = f"http://127.0.0.1:{lab.port}/api/{what}", lab.token.read_text()
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return json.load(answer)


def _started(lab: Lab) -> float:
    return (lab.token.parent / "runtime").stat().st_mtime


def _written(work: Path) -> Iterator[float]:
    """When the files were last written: somebody who writes prose runs no kernel."""
    for folder, _, names in os.walk(work):
        for name in names:
            try:
                yield os.lstat(os.path.join(folder, name)).st_mtime
            except OSError:
                continue  # it went away while we looked


def main(arguments: list[str] | None = None) -> int:
    """One JupyterLab, from its start to its end."""
    flags = argparse.ArgumentParser(prog="trainferry.agent.lab")
    flags.add_argument("root", type=Path)
    flags.add_argument("token", type=Path)
    flags.add_argument("--port", type=int, default=PORT)
    flags.add_argument("--idle", type=float, default=IDLE)
    asked = flags.parse_args(arguments)
    root = asked.root.resolve()
    return serve(Lab(root, asked.token.resolve(), root, asked.port, asked.idle))


if __name__ == "__main__":
    sys.exit(main())
