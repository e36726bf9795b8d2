"""A run at a terminal: the story on stderr, the command's own bytes on stdout, the verdict as exit code."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.integration.cli.conftest import FERRY, Desk

SAVED = ("sh", "-c", "echo one >{output}/last.ckpt; printf 'a\\0\\377\\r\\n\\033[31m'")
BYTES = b"a\0\xff\r\n\x1b[31m"


@pytest.fixture
def at_work(desk: Desk) -> Iterator[Desk]:
    """A desk whose runs are ended when the test is over."""
    yield desk
    for run in desk.ferry("get", "runs", "-o", "name").stdout.split():
        desk.ferry("delete", run, "--wait")


def ferry(desk: Desk, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Like `desk.ferry`, with bytes."""
    return subprocess.run([FERRY, *words], cwd=desk.folder, env=desk.environment, capture_output=True, timeout=120)


def story(done: "subprocess.CompletedProcess[bytes]") -> list[str]:
    """The lines of stderr without what differs from run to run: digests, and how often a phase was looked at."""
    lines = re.sub(r"\b[0-9a-f]{12}\b", "DIGEST", re.sub(r"-[0-9a-f]{8}\b", "-ID", done.stderr.decode())).splitlines()
    phases = ("fetching", "running", "saving", "queued")
    return [line for line in lines if line.split()[1] not in phases]


def test_the_commands_bytes_are_on_stdout_and_the_story_is_on_stderr(at_work: Desk) -> None:
    done = ferry(at_work, "run", "--name", "base", "--", *SAVED)
    assert (done.returncode, done.stdout) == (0, BYTES)
    assert story(done) == [
        "· code      1 file, 1 KiB",
        "· snapshot  DIGEST  new",
        "· run       base-ID  submitted",
        "· succeeded  checkpoints: ferry get checkpoints base-ID",
    ]


def test_the_same_run_again_says_so_and_ends_as_it_did(at_work: Desk) -> None:
    ferry(at_work, "run", "--name", "bad", "--", "sh", "-c", "echo no; exit 3")
    again = ferry(at_work, "run", "--name", "bad", "--", "sh", "-c", "echo no; exit 3")
    assert (again.returncode, again.stdout) == (1, b"no\n")
    assert story(again) == [
        "· code      1 file, 1 KiB",
        "· snapshot  DIGEST  unchanged",
        "· run       bad-ID  is there already (same code, data, image and command)",
        "·   once more: the same line with --again",
        "ferry: bad-ID failed: exit code 3   ferry describe bad-ID",
    ]


def test_again_is_another_run(at_work: Desk) -> None:
    first = at_work.ferry("run", "-d", "--", "true").stdout
    second = at_work.ferry("run", "-d", "--again", "--", "true").stdout
    assert first != second
    assert at_work.ferry("get", "runs", "-o", "name").stdout == first + second


def test_detached_only_the_name_is_on_stdout(at_work: Desk) -> None:
    done = at_work.ferry("run", "-d", "--name", "other", "--name", "base", "--", "true")  # the last one counts
    assert re.fullmatch(r"base-[0-9a-f]{8}\n", done.stdout)
    run = done.stdout.strip()
    assert done.stderr.splitlines()[-1] == f"·   follow: ferry logs -f {run}   stop: ferry delete {run}"


def test_run_alone_repeats_the_command_of_ferry_toml(at_work: Desk) -> None:
    (at_work.folder / "ferry.toml").write_text('[run]\nname = "kept"\ncommand = ["echo", "from the file"]\n')
    assert ferry(at_work, "run").stdout == b"from the file\n"


def test_ctrl_c_detaches_and_the_run_goes_on(at_work: Desk) -> None:
    words = [FERRY, "run", "--name", "long", "--", "sh", "-c", "echo started; sleep 5; echo ended"]
    with subprocess.Popen(
        words, cwd=at_work.folder, env=at_work.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == b"started\n"
        following.send_signal(signal.SIGINT)
        _, said = following.communicate(timeout=60)
    run = at_work.ferry("get", "runs", "-o", "name").stdout.strip()
    assert following.returncode == 130
    assert said.decode().splitlines()[-1] == f"· still running. follow: ferry logs -f {run}   stop: ferry delete {run}"
    assert at_work.ferry("wait", "long").stdout == f"{run} succeeded\n"
    assert at_work.ferry("logs", "long").stdout == "started\nended\n"


def test_what_a_finished_run_left_is_listed_in_every_form(at_work: Desk) -> None:
    run = at_work.ferry("run", "-o", "name", "--name", "base", "--", *SAVED).stdout.strip()
    at_work.ferry("wait")
    assert at_work.ferry("get", "runs", "-o", "name").stdout == f"{run}\n"
    assert at_work.ferry("get", "runs").stdout.splitlines()[0].split() == [
        "NAME",
        "STATUS",
        "GPU",
        "AGE",
        "ATTEMPTS",
        "LAST",
    ]
    assert "NODE   STORE" in at_work.ferry("get", "runs", "-o", "wide").stdout
    assert at_work.ferry("get", "runs", "-o", "yaml").stdout.startswith(f"items:\n- name: {run}\n")
    (row,) = json.loads(at_work.ferry("get", "runs", "-o", "json").stdout)["items"]
    assert (row["name"], row["status"], row["gpu"], row["attempts"]) == (run, "Succeeded", 0, 1)
    (checkpoint,) = json.loads(at_work.ferry("get", "checkpoints", "-o", "json").stdout)["items"]
    assert (checkpoint["path"], checkpoint["size"]) == ("last.ckpt", 4)


def test_describe_tells_what_was_asked_what_happened_and_what_is_kept(at_work: Desk) -> None:
    run = at_work.ferry("run", "-o", "name", "--name", "base", "--cpu", "1", "--", *SAVED).stdout.strip()
    at_work.ferry("wait")
    told = json.loads(at_work.ferry("describe", "-o", "json").stdout)
    assert told["run"] == run
    assert (told["status"]["phase"], told["status"]["exit_code"]) == ("Succeeded", 0)
    assert (told["record"]["spec"]["command"], told["record"]["spec"]["resources"]["cpu"]) == (list(SAVED), "1")
    assert [attempt["number"] for attempt in told["attempts"]] == [1]
    assert told["output"] == {"complete": True, "files": 1, "bytes": 4}


def test_a_deleted_run_keeps_its_log_its_verdict_and_its_files(at_work: Desk) -> None:
    run = at_work.ferry("run", "-o", "name", "--name", "base", "--", *SAVED).stdout.strip()
    at_work.ferry("wait")
    assert at_work.ferry("delete", "base").stdout == f"{run} deleted\n"
    assert ferry(at_work, "logs", "base").stdout == BYTES
    assert at_work.ferry("wait", "base").stdout == f"{run} succeeded\n"
    assert at_work.ferry("cp", "base:last", ".").returncode == 0
    assert (at_work.folder / "last.ckpt").read_text() == "one\n"
    assert at_work.ferry("delete", "base", "--purge").stdout == f"{run} deleted with its results\n"
    assert at_work.ferry("logs", "base").returncode == 2


def test_kubectl_completes_commands_options_and_runs(at_work: Desk) -> None:
    run = at_work.ferry("run", "-o", "name", "--", "true").stdout.strip()
    at_work.ferry("wait")

    def offered(*words: str) -> list[str]:
        done = subprocess.run(
            [FERRY.parent / "kubectl_complete-ferry", *words],
            cwd=at_work.folder, env=at_work.environment, text=True, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout.splitlines()

    assert [line.split("\t")[0] for line in offered("de")] == ["describe", "delete", "demo", ":4"]
    assert [line.split("\t")[0] for line in offered("run", "--gp")] == ["--gpu", "--gpu-type", ":4"]
    assert [line.split("\t")[0] for line in offered("get", "")] == ["runs", "datasets", "checkpoints", "shares", ":4"]
    for words in (("logs", ""), ("rerun", ""), ("run", "--like", run[:2])):
        assert offered(*words) == [f"{run}\tSucceeded", ":4"]
