import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from trainferry.agent.lab import Lab, last_activity, new_token

HOUR = 3600.0


@contextmanager
def jupyter(folder: Path, kernels: list[dict[str, Any]], written: float = HOUR) -> Iterator[Lab]:
    """A server that tells of these kernels, to whom shows the token. All else was still for an hour."""
    (folder / "runtime").mkdir()
    (folder / "work").mkdir()
    (folder / "work" / "note.md").write_text("")
    for path, age in ((folder / "runtime", HOUR), (folder / "work" / "note.md", written)):
        os.utime(path, (time.time() - age, time.time() - age))
    token = new_token(folder / "token")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == f"token {token}"
            self.send_response(200 if known else 403)
            self.end_headers()
            self.wfile.write(json.dumps(kernels if self.path == "/api/kernels" else []).encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Lab(folder, folder / "token", folder / "work", server.server_address[1])
        server.shutdown()


def kernel(state: str, age: float) -> dict[str, str]:
    stamp = datetime.fromtimestamp(time.time() - age, UTC).isoformat()
    return {"execution_state": state, "last_activity": stamp.replace("+00:00", "Z")}


def quiet(lab: Lab) -> int:
    """Minutes since the last sign of life."""
    return round((time.time() - last_activity(lab)) / 60)


def test_the_token_is_long_kept_and_for_nobody_else(tmp_path: Path):
    token = new_token(tmp_path / "private" / "token")
    assert (len(token) >= 32, new_token(tmp_path / "private" / "token")) == (True, token)
    assert (tmp_path / "private" / "token").stat().st_mode & 0o777 == 0o600


def test_a_kernel_at_work_is_a_sign_of_life_however_old_its_last_word(tmp_path: Path):
    with jupyter(tmp_path, [kernel("idle", HOUR), kernel("busy", HOUR)]) as lab:
        assert quiet(lab) == 0


def test_what_a_kernel_did_last_counts_and_that_it_is_there_does_not(tmp_path: Path):
    with jupyter(tmp_path, [kernel("idle", 600), kernel("starting", 1200)]) as lab:
        assert quiet(lab) == 10


def test_a_file_that_is_written_is_a_sign_of_life(tmp_path: Path):
    with jupyter(tmp_path, [], written=300) as lab:
        assert quiet(lab) == 5


def test_without_kernels_and_writes_it_is_idle_since_it_began(tmp_path: Path):
    with jupyter(tmp_path, []) as lab:
        assert quiet(lab) == 60


def test_one_that_does_not_answer_yet_is_not_idle(tmp_path: Path):
    with jupyter(tmp_path, []) as lab:
        pass
    assert quiet(lab) == 0
