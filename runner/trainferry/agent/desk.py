"""The notebook of a pod: puts the code into an empty project, and tells its token to whoever forwards a port.

python3 -m trainferry.agent.desk [--idle SECONDS]

JupyterLab and the word of its token listen on 127.0.0.1 of the pod: only who may forward ports to the pods of the
namespace comes so far, and the token crosses that way alone.
"""

import argparse
import os
import shutil
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from trainferry.agent.lab import IDLE, PORT, Lab, new_token, serve
from trainferry.spec.placeholders import POD

TELLS = PORT + 1  # answers with the token
PRIVATE = "/ferry/private"  # in memory, of this container alone
# What JupyterLab shows, mounted once more, since it serves nothing behind a link; nothing else can be written there.
ROOT = "/ferry/desk"
PROJECT = f"{ROOT}/project"  # the run's output: kept in the store, while it grows
DATA, RESULTS = f"{ROOT}/data", f"{ROOT}/run"  # read-only


def furnish(code: Path, project: Path) -> None:
    """The code, where nobody has worked yet."""
    with suppress(OSError):
        (project / "checkpoints").rmdir()  # an empty folder that is made for runs
    if not any(project.iterdir()):
        _copy(code, project)


def _copy(code: Path, project: Path) -> None:
    """What is in it: the folders themselves are the kubelet's, and their modes not ours to change."""
    for entry in code.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, project / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, project, follow_symlinks=False)


def tell(token: Path, port: int) -> socket.socket:
    """Answer every connection to 127.0.0.1:`port` with the token, from a thread of its own."""
    listening = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=_answer, args=(listening, token), daemon=True).start()
    return listening


def _answer(listening: socket.socket, token: Path) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # it was closed
        with connection, suppress(OSError):
            connection.sendall(token.read_bytes() + b"\n")


def main(arguments: list[str] | None = None) -> int:
    """One notebook, from its start to its end."""
    flags = argparse.ArgumentParser(prog="trainferry.agent.desk")
    flags.add_argument("--idle", type=float, default=IDLE)
    idle = flags.parse_args(arguments).idle
    os.umask(0o002)  # the agent may be another user of the same group
    token = Path(PRIVATE, "token")
    new_token(token)
    furnish(Path(POD.code), Path(PROJECT))
    with tell(token, TELLS):
        return serve(Lab(Path(ROOT), token, Path(PROJECT), PORT, idle))


if __name__ == "__main__":
    sys.exit(main())
