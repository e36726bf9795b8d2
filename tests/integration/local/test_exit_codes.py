"""The exit-code table on this machine: same codes, same attempts, same verdicts as a cluster."""

import shutil
from pathlib import Path

import pytest

from tests.integration.local.conftest import Desk
from trainferry.spec.runspec import DataMount

STEPS = ("python3", "worker.py", "--output", "{output}", "--steps", "4", "--step-seconds", "0.02")


@pytest.mark.parametrize(
    ("command", "retries", "phase", "exit_code", "attempts"),
    [
        ("exit 0", 0, "Succeeded", 0, [(0, 0)]),
        ("exit 1", 0, "Failed", 1, [(1, 1)]),
        ("exit 1", 2, "Failed", 78, [(1, 1), (1, 1), (1, 78)]),
        ("exit 64", 2, "Failed", 64, [(64, 64)]),
        ("exit 65", 2, "Failed", 65, [(65, 65)]),
        ("exit 74", 0, "Failed", 1, [(74, 1)]),
        ("exit 78", 2, "Failed", 78, [(78, 78)]),
    ],
)
def test_a_code_means_what_the_table_says(
    desk: Desk, command: str, retries: int, phase: str, exit_code: int, attempts: list[tuple[int, int]]
) -> None:
    spec = desk.spec("sh", "-c", command, retries=retries)
    outcome = desk.run(spec)
    verdicts = [a.verdict for a in desk.manifest(spec).attempts if a.verdict]
    assert (desk.status(spec).phase, outcome.exit_code) == (phase, exit_code)
    assert [(verdict.code, verdict.exit) for verdict in verdicts] == attempts


def test_75_starts_again_from_what_was_stored(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*STEPS, "--first", "75", code=worker)
    assert desk.run(spec).succeeded
    first, second = (f"start at step {n}" for n in (0, 2))
    assert first in desk.log(spec).decode()
    assert second in desk.log(spec).decode()
    assert len(desk.stored(spec, "metrics.jsonl").splitlines()) == 4


def test_a_failure_that_may_be_retried_goes_on_from_what_was_stored(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*STEPS, "--first", "1", code=worker, retries=1)
    assert desk.run(spec).succeeded
    assert [a.verdict.code for a in desk.manifest(spec).attempts if a.verdict] == [1, 0]


def test_a_kill_from_outside_is_no_failure_of_the_command(desk: Desk) -> None:
    once = "[ -e {output}/was-here ] && exit 0; echo > {output}/was-here; sleep 1; kill -9 $$"
    spec = desk.spec("sh", "-c", once)
    assert desk.run(spec).succeeded
    ends = [(a.verdict.code, a.verdict.exit, a.verdict.signal) for a in desk.manifest(spec).attempts if a.verdict]
    assert ends == [(137, 75, 9), (0, 0, 0)]


def test_a_dataset_that_is_not_there_fails_once_and_is_named(desk: Desk) -> None:
    spec = desk.spec("true", data=(DataMount("digits", "digits", "ab" * 32),), retries=3)
    outcome = desk.run(spec)
    assert (outcome.succeeded, outcome.exit_code) == (False, 66)
    assert "digits" in outcome.reason
    assert len(desk.manifest(spec).attempts) == 1


def test_a_command_that_does_not_exist_is_named(desk: Desk) -> None:
    outcome = desk.run(desk.spec("no-such-program", "--fast"))
    assert not outcome.succeeded
    assert "no-such-program" in outcome.reason


def test_a_run_that_takes_longer_than_its_deadline_fails(desk: Desk) -> None:
    spec = desk.spec("sleep", "60", deadline=1)
    assert desk.run(spec).reason == "not finished after 1 s (--deadline)"
    assert desk.pids(spec) == []


def test_without_python3_the_way_out_is_named(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "sleep", "mv", "chmod"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    outcome = desk.run(desk.spec("true"))
    assert (outcome.exit_code, "--bare" in outcome.reason) == (64, True)


def test_a_bare_run_needs_no_python3(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*STEPS, "--first", "75", code=worker, bare=True)
    assert desk.run(spec).succeeded
    assert [a.verdict.exit for a in desk.manifest(spec).attempts if a.verdict] == [75, 0]
    assert len(desk.stored(spec, "metrics.jsonl").splitlines()) == 4
