"""P3: the exit-code table with the real Job controller. All rows run side by side, in one namespace."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.e2e import outside
from tests.e2e.conftest import Project

WORKER = ("python3", "worker.py", "--output", "{output}")
SLOW = ("--steps", "8", "--step-seconds", "1")
# name -> flags of the run, flags of the command
PLAIN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "one-retried": (("--retries", "2"), ("--exit", "1")),
    "again": ((), ("--first", "75")),
    "zero": ((), ()),
    "one": ((), ("--exit", "1")),
    "data": (("--retries", "2"), ("--exit", "65")),
    "own-74": ((), ("--exit", "74")),
    "oom": (("--memory", "64Mi"), ("--oom", "step 2")),
}
BLOWS: dict[str, Callable[[Project, str], None]] = {
    "deleted": outside.delete,
    "killed": outside.kill_command,
    "agent-killed": outside.kill_agent,
    "first-killed": outside.kill_first,
}
SILENT = "the container was killed before it could say why (out of memory, or SIGKILL)"
# how `ferry wait` ends, the phase, (the command's own exit code, the container's) of each attempt, whether the last
# attempt went on where an earlier one had stopped, the reason told
TABLE: dict[str, tuple[int, str, list[tuple[int | None, int]], bool, str]] = {
    "zero": (0, "Succeeded", [(0, 0)], False, ""),
    "one": (1, "Failed", [(1, 1)], False, "exit code 1"),
    "one-retried": (1, "Failed", [(1, 1), (1, 1), (1, 78)], True, "gave up after 3 failures: exit code 1"),
    "data": (1, "Failed", [(65, 65)], False, "exit code 65"),
    "own-74": (1, "Failed", [(74, 1)], False, "exit code 74, which is 1 here: 74 is ferry's own"),
    "again": (0, "Succeeded", [(75, 75), (0, 0)], True, ""),
    "oom": (1, "Failed", [(137, 137)], False, "killed: out of memory (limit 64Mi)"),
    "deleted": (0, "Succeeded", [(143, 75), (0, 0)], True, ""),
    "killed": (0, "Succeeded", [(137, 75), (0, 0)], True, ""),
    "agent-killed": (0, "Succeeded", [(0, 0)], False, ""),
    "data-gone": (1, "Failed", [(None, 66)], False, 'no version "VERSION" of dataset tiny in STORE'),
    "first-killed": (1, "Failed", [(None, 137)], False, SILENT),
}


def test_the_exit_code_table_holds_on_the_real_job_controller(project: Project) -> None:
    project.code("worker.py")
    with ThreadPoolExecutor(len(TABLE)) as pool:
        rows = {name: pool.submit(_plain, project, name, *flags) for name, flags in PLAIN.items()}
        rows |= {name: pool.submit(_struck, project, name) for name in BLOWS}
        rows["data-gone"] = pool.submit(_without_data, project)
        assert {name: row.result() for name, row in rows.items()} == TABLE


def _plain(project: Project, name: str, flags: tuple[str, ...], worker: tuple[str, ...]) -> tuple[Any, ...]:
    return _ended(project, _start(project, name, *flags, "--", *WORKER, *worker))


def _struck(project: Project, name: str) -> tuple[Any, ...]:
    """Hit when the checkpoint of an earlier step is in the store."""
    run = _start(project, name, "--", *WORKER, *SLOW)
    outside.until_says(project, run, "step 4")
    BLOWS[name](project, run)
    return _ended(project, run)


def _without_data(project: Project) -> tuple[Any, ...]:
    """The dataset is removed after the run was rendered; retries must not be spent on it."""
    (project.folder.parent / "tiny").mkdir()
    (project.folder.parent / "tiny" / "a.txt").write_text("a")
    pushed = project.ferry("data", "push", "../tiny").stdout.strip()
    flags = ("--name", "data-gone", "--data", pushed, "--retries", "2")
    project.ferry("render", "-o", "../manifests", *flags, "--", *WORKER)
    project.ferry("data", "rm", "tiny")
    (manifest,) = (project.folder.parent / "manifests").glob("*.yaml")
    *row, reason = _ended(project, project.ferry("apply", "-f", str(manifest)).stdout.split()[0])
    return *row, reason.replace(pushed.partition("@")[2], "VERSION").replace(project.store, "STORE")


def _start(project: Project, name: str, *words: str) -> str:
    """Send a run; returns its full name."""
    return project.ferry("run", "-d", "--name", name, *words).stdout.strip()


def _ended(project: Project, run: str) -> tuple[Any, ...]:
    """What is left to say of a finished run: a row of the table."""
    waited = project.ferry("wait", run, code=None)
    told = project.described(run)
    verdicts = [attempt["verdict"] for attempt in told["attempts"]]
    codes = [(v.get("code", 0), v.get("exit", 0)) for v in verdicts]
    starts = re.findall(r"start at step (\d+)", project.ferry("logs", run).stdout)
    reason = re.search(r"failed: (.*?)(   |$)", waited.stderr)
    resumed = len(starts) == len(codes) > 1 and int(starts[-1]) > 0
    return waited.returncode, told["status"]["phase"], codes, resumed, reason[1] if reason else ""
