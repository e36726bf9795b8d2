"""`ferry tensorboard`: answers over a run's event files, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cli.conftest import FERRY, Desk

WRITES_EVENTS = """
import sys
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
writer = EventFileWriter(sys.argv[1])
for step in range(3):
    value = Summary.Value(tag="loss", simple_value=1 / (step + 1))
    writer.add_event(Event(step=step, wall_time=step, summary=Summary(value=[value])))
writer.close()
"""


def children(pid: int) -> list[int]:
    """Processes that `pid` started."""
    return [int(line) for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_board_shows_the_run_and_ends_with_its_ferry(desk: Desk, how: signal.Signals, code: int) -> None:
    (desk.folder / "train.py").write_text(WRITES_EVENTS)
    assert desk.ferry("run", "--name", "base", "--", "python", "train.py", "{output}").returncode == 0
    board = subprocess.Popen(
        [FERRY, "tensorboard", "base", "--no-browser", "--port", "0"],
        cwd=desk.folder,
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert board.stdout
    assert board.stderr
    url = board.stdout.readline().decode().strip()
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}data/plugin/scalars/tags") as answer:
        assert list(next(iter(json.load(answer).values()))) == ["loss"]
    started = children(board.pid)
    assert started
    board.send_signal(how)
    assert board.wait(timeout=60) == code
    assert [pid for pid in started if os.path.exists(f"/proc/{pid}/exe")] == []
    board.stdout.close()
    board.stderr.close()
