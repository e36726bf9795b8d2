"""Which processes may be signalled, asked of real ones."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from trainferry.local import processes


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(["sleep", "60"], env={**os.environ, "FERRY_SUPERVISED": "/somewhere/base"})
    yield child
    child.kill()
    child.wait()


@pytest.fixture(params=["proc", "ps"])
def both_sources(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    if request.param == "ps":
        monkeypatch.setattr(processes, "BOOT_ID", processes.Path(f"{tmp_path}/none"))


@pytest.mark.usefixtures("both_sources")
def test_a_running_process_is_alive_and_an_ended_one_is_not(sleeper: "subprocess.Popen[bytes]") -> None:
    process = processes.current(sleeper.pid)
    assert process is not None
    assert process.parent == os.getpid()
    assert processes.alive(process)
    sleeper.kill()
    sleeper.wait()
    assert not processes.alive(process)


@pytest.mark.usefixtures("both_sources")
def test_a_process_that_only_has_the_pid_of_an_old_one_is_not_signalled(sleeper: "subprocess.Popen[bytes]") -> None:
    process = processes.current(sleeper.pid)
    assert process is not None
    assert not processes.send(replace(process, started="before the reboot"), signal.SIGKILL)
    assert sleeper.poll() is None
    assert processes.send(process, signal.SIGKILL)
    assert sleeper.wait() == -signal.SIGKILL


def test_a_zombie_counts_as_gone(sleeper: "subprocess.Popen[bytes]") -> None:
    process = processes.current(sleeper.pid)
    assert process is not None
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.alive(process)
    assert not processes.send(process, signal.SIGKILL)


def test_grandchildren_are_descendants() -> None:
    family = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    assert family.stdout
    with family, family.stdout:
        grandchild = int(family.stdout.readline())
        assert {family.pid, grandchild} <= {p.pid for p in processes.descendants(os.getpid())}
        os.kill(grandchild, signal.SIGKILL)


def test_processes_are_found_by_what_their_environment_carries(sleeper: "subprocess.Popen[bytes]") -> None:
    assert [p.pid for p in processes.carrying("FERRY_SUPERVISED", "/somewhere/base")] == [sleeper.pid]
    assert processes.carrying("FERRY_SUPERVISED", "/somewhere") == []
