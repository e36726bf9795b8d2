"""`ferry notebook` on this machine: a real JupyterLab over the project's own folder."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.jupyter import Jupyter
from trainferry.agent.lab import new_token
from trainferry.errors import BadInput
from trainferry.runs import exit_codes
from trainferry.sdk.ferry import Ferry
from trainferry.sdk.notebooks import here
from trainferry.sdk.notebooks.wish import Wish

FERRY = Path(sys.executable).parent / "ferry"
TRAIN = "import pathlib, sys; pathlib.Path(sys.argv[1], 'results.json').write_text('{\"accuracy\": 0.9}')"
READ = """
import os, pathlib
from trainferry import Ferry
print(os.environ["FERRY_RUN"] == Ferry().find(), pathlib.Path.cwd().name)
for variable in ("FERRY_RESULTS", "FERRY_DATA", "FERRY_DATA_PETS"):
    print(*sorted(path.name for path in pathlib.Path(os.environ[variable]).iterdir()))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a run that has data and results."""
    monkeypatch.setenv("FERRY_HOME", str(tmp_path / "state"))
    folder = tmp_path / "project"
    (folder / "pets").mkdir(parents=True)
    (folder / "pets" / "cat.txt").write_text("meow")
    (folder / "train.py").write_text(TRAIN)
    ferry = Ferry(cwd=folder)
    ferry.push(folder / "pets")
    sent = ferry.run([sys.executable, "train.py", "{output}"], name="base", data=["pets"])
    assert ferry.wait(sent.name).succeeded
    return folder


def free() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def lab(folder: Path, idle: float) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    """The process itself, once it answers, and where."""
    words = [sys.executable, "-m", "trainferry.agent.lab", str(folder), str(folder / "private" / "token")]
    port = free()
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*words, "--port", str(port), "--idle", str(idle)], stderr=subprocess.PIPE) as process:
        try:
            assert here.answers(address, lambda: process.poll() is None)
            yield process, address
        finally:
            process.kill()


def test_its_kernels_find_the_run_its_results_and_its_data_and_it_ends_with_its_command(project: Path):
    with subprocess.Popen(
        [FERRY, "notebook", "base", "--no-browser", "--port", "0"],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        jupyter = Jupyter(process.stdout.readline().strip())
        assert jupyter.ask("contents", token=False) == (403, None)
        said = jupyter.cell(READ, path="").splitlines()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert said == ["True project", "results.json", "cat.txt", "cat.txt"]
    assert (process.returncode, told.splitlines()) == (130, ["· Ctrl-C ends it", "· the notebook ended"])
    assert sorted(path.name for path in (Path(os.environ["FERRY_HOME"]) / "notebooks").iterdir()) == ["data", "runs"]


def test_one_that_is_idle_ends_itself_and_says_so(tmp_path: Path):
    with lab(tmp_path, idle=3) as (process, _):
        assert process.stderr
        assert b"[ferry] nothing happened for 3 s: the notebook ends\n" in process.stderr.read()
        assert process.wait(60) == 0


def test_one_that_is_ended_from_outside_asks_to_be_started_again_and_never_told_its_token(tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside")
    with lab(tmp_path / "root", idle=600) as (process, address):
        token = new_token(tmp_path / "root" / "private" / "token")
        refused = Jupyter(f"{address}/files/link/secret?token={token}")
        assert refused.status() == 403  # and Jupyter writes down the whole address
        process.terminate()
        assert process.wait(60) == exit_codes.AGAIN
        assert process.stderr
        told = process.stderr.read().decode()
    assert "403 GET /files/link/secret?token=[secret] (127.0.0.1): link/secret is not in root" in told
    assert token not in told


def test_a_time_too_short_to_read_a_page_is_refused(tmp_path: Path):
    with pytest.raises(BadInput) as error:
        Ferry(cwd=tmp_path).notebook(wish=Wish(idle="5s"))
    assert str(error.value) == "--idle 5s: expected half a minute or more, for example --idle 1h"


def test_ending_one_of_this_machine_from_elsewhere_needs_a_cluster(tmp_path: Path):
    with pytest.raises(BadInput) as error:
        Ferry(cwd=tmp_path).stop_notebook()
    assert str(error.value) == "notebook --stop needs a cluster and none is configured   ferry init --context NAME"
