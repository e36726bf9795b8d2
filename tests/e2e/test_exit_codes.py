"""P3: the exit-code table with the real Job controller. All rows run side by side, in one namespace."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e import outside
from tests.e2e.conftest import Project

WORKER = ("python3", "worker.py", "--output", "{output}")


def start(project: Project, name: str, *flags: str, worker: tuple[str, ...] = ()) -> str:
    """Send a run; returns its full name."""
    return project.ferry("run", "-d", "--name", name, *flags, "--", *WORKER, *worker).stdout.strip()


def ended(project: Project, run: str) -> dict[str, Any]:
    """What is left to say of a finished run: did it succeed, and how each attempt ended."""
    code = project.ferry("wait", run, code=None).returncode
    told = project.described(run)
    verdicts = [attempt["verdict"] or {} for attempt in told["attempts"]]
    return {
        "exit": code,
        "phase": told["status"]["phase"],
        "attempts": [(v.get("code", 0), v.get("exit", 0)) for v in verdicts],
        "reasons": [v.get("reason", "") for v in verdicts],
    }


@pytest.fixture
def table(project: Project) -> dict[str, dict[str, Any]]:
    """Every row of the table, run for real."""
    project.code("worker.py")
    slow = ("--steps", "8", "--step-seconds", "1")
    plain = {
        "zero": start(project, "zero"),
        "one": start(project, "one", worker=("--exit", "1")),
        "one-retried": start(project, "one-retried", "--retries", "2", worker=("--exit", "1")),
        "data": start(project, "data", "--retries", "2", worker=("--exit", "65")),
        "again": start(project, "again", worker=("--first", "75")),
        "own-74": start(project, "own-74", worker=("--exit", "74")),
        "oom": start(project, "oom", "--memory", "64Mi", worker=("--oom",)),
    }
    hit = {
        "deleted": (start(project, "deleted", worker=slow), outside.delete),
        "killed": (start(project, "killed", worker=slow), lambda p, r: outside.kill(p, r, "trainer", "worker.py --output")),
        "agent": (start(project, "agent", worker=slow), lambda p, r: outside.kill(p, r, "agent")),
    }

    def strike(name: str) -> dict[str, Any]:
        run, blow = hit[name]
        outside.until(f"{name} is at step 2", lambda: outside.says(project, run, "step 2"))
        blow(project, run)
        return ended(project, run)

    with ThreadPoolExecutor(4) as pool:
        struck = {name: pool.submit(strike, name) for name in hit}
        done = {name: pool.submit(ended, project, run) for name, run in plain.items()}
        return {name: future.result() for name, future in (struck | done).items()}


def test_the_exit_code_table_holds_on_the_real_job_controller(table: dict[str, dict[str, Any]]) -> None:
    reasons = {name: row.pop("reasons") for name, row in table.items()}
    assert table == {
        "zero": {"exit": 0, "phase": "Succeeded", "attempts": [(0, 0)]},
        "one": {"exit": 1, "phase": "Failed", "attempts": [(1, 1)]},
        "one-retried": {"exit": 1, "phase": "Failed", "attempts": [(1, 1), (1, 1), (1, 78)]},
        "data": {"exit": 1, "phase": "Failed", "attempts": [(65, 65)]},
        "again": {"exit": 0, "phase": "Succeeded", "attempts": [(75, 75), (0, 0)]},
        "own-74": {"exit": 1, "phase": "Failed", "attempts": [(74, 1)]},
        "oom": {"exit": 1, "phase": "Failed", "attempts": [(137, 137)]},
        "deleted": {"exit": 0, "phase": "Succeeded", "attempts": [(143, 75), (0, 0)]},
        "killed": {"exit": 0, "phase": "Succeeded", "attempts": [(137, 75), (0, 0)]},
        "agent": {"exit": 0, "phase": "Succeeded", "attempts": [(0, 0)]},
    }
    assert "limit 64Mi" in reasons["oom"][0]


def test_a_data_set_that_is_gone_fails_the_run_once_and_is_named(project: Project) -> None:
    project.code("worker.py")
    (project.folder / "tiny").mkdir()
    (project.folder / "tiny" / "a.txt").write_text("a")
    pushed = project.ferry("data", "push", "tiny").stdout.strip()
    project.ferry("render", "-o", "manifests", "--name", "gone", "--data", pushed, "--", *WORKER)
    project.ferry("data", "rm", "tiny")
    run = project.ferry("apply", "-f", str(next((project.folder / "manifests").iterdir()))).stdout.split()[0]
    failed = project.ferry("wait", run, code=1)
    assert "tiny" in failed.stderr
    told = project.described(run)
    assert [attempt["verdict"]["exit"] for attempt in told["attempts"]] == [66]
