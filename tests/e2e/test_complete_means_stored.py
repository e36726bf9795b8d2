"""P1: a Job is Complete only when the last byte of its output is verified in the store, whatever hits the pod."""

import random
import re
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.e2e import outside
from tests.e2e.conftest import Project
from trainferry.store import open_store

Blow = Callable[[Project, str], None]
BLOWS: dict[str, Blow] = {
    "delete": outside.delete,
    "evict": outside.evict,
    "kill-command": lambda project, run: outside.kill(project, run, "trainer", "worker.py --output"),
    "kill-wrapper": lambda project, run: outside.kill(project, run, "trainer", "wrapper.pyz"),
    "kill-agent": lambda project, run: outside.kill(project, run, "agent"),
}
MOMENTS = ("step 1", "step 4", "trained")  # two while it trains, one while the last words travel
SECONDS_OF_STEPS = 8


@dataclass(frozen=True)
class Size:
    """How big the last words are, and how slow the store takes them (bytes a second)."""

    megabytes: int
    rate: float = 2e6


def send(project: Project, name: str, size: Size) -> str:
    """A run whose last words take long."""
    return project.ferry(
        "run", "-d", "--name", name, "--ephemeral-storage", "2Gi", "--",
        "python3", "worker.py", "--output", "{output}", "--steps", str(SECONDS_OF_STEPS), "--step-seconds", "1",
        "--megabytes", str(size.megabytes),
    ).stdout.strip()  # fmt: skip


def throttle(gcs: GcsServer, project: Project, size: Size) -> None:
    """Slow down everything below runs/ of this project's bucket."""
    bucket = project.store.removeprefix("gs://")
    gcs.control(scope=f"{bucket}/runs/", rate=size.rate)


def complete(project: Project, run: str) -> bool:
    """Whether Kubernetes calls the Job Complete; asserts that it is never Failed."""
    conditions = {c["type"] for c in project.get("job", run)["status"].get("conditions", []) if c["status"] == "True"}
    assert "Failed" not in conditions, project.get("job", run)["status"]
    return "Complete" in conditions


def check_stored(project: Project, run: str, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment of Complete, the store has the whole of what the log says was written."""
    from trainferry.runs import reader

    store = open_store(project.store)
    manifest = reader.manifest(store, run)
    assert manifest.complete
    log = b"".join(reader.log(store, run)).decode()
    size, crc = re.findall(r"last words (\d+) MiB, crc32 ([0-9a-f]{8})", log)[-1]
    stored = manifest.files["last_words.bin"]
    data = b"".join(reader.pieces(store, stored))
    assert (len(data) >> 20, f"{zlib.crc32(data):08x}") == (int(size), crc)


def struck(project: Project, run: str, blow: Blow, moment: str) -> None:
    """Wait for the moment and strike once."""
    outside.until(f"{run} says {moment}", lambda: outside.says(project, run, moment))
    blow(project, run)
    outside.until(f"{run} is Complete", lambda: complete(project, run), patience=900)


def survive(project: Project, gcs: GcsServer, size: Size, cases: list[tuple[str, str]], at_once: int) -> None:
    """Every (blow, moment) on a run of its own; results are looked at the moment the Job is Complete."""
    project.code("worker.py")
    throttle(gcs, project, size)

    def one(case: tuple[str, str]) -> None:
        name, moment = case
        run = send(project, f"{name}-{moment.replace(' ', '-')}", size)
        struck(project, run, BLOWS[name], moment)
        check_stored(project, run, gcs, pytest.MonkeyPatch())
        if name in ("delete", "evict", "kill-command") and moment != "trained":
            second = b"".join(project_log(project, run, 2)).decode()
            assert re.search(r"start at step [1-9]", second), second

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, cases))


def project_log(project: Project, run: str, attempt: int) -> list[bytes]:
    """The stored log of one attempt."""
    from trainferry.runs import reader

    return list(reader.log(open_store(project.store), run, attempt))


def test_complete_means_stored_at_three_moments(
    project: Project, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    blows = random.Random(20).sample(sorted(BLOWS), 3)
    survive(project, gcs, Size(20), list(zip(blows, MOMENTS, strict=True)), at_once=3)


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_complete_means_stored_at_all_moments(
    project: Project, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    moments = [f"step {n}" for n in range(1, SECONDS_OF_STEPS + 1)] + ["trained"]
    cases = [(blow, moment) for blow in BLOWS for moment in moments]
    survive(project, gcs, Size(200), cases, at_once=4)


def test_a_line_is_in_the_store_within_ten_seconds_and_little_more_travels_than_was_written(
    project: Project, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainferry.runs import reader

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    project.code("worker.py")
    bucket = project.store.removeprefix("gs://").partition("/")[0]
    run = project.ferry(
        "run", "-d", "--name", "talker", "--", "python3", "worker.py", "--output", "{output}",
        "--steps", "30", "--step-seconds", "1", "--megabytes", "20",
    ).stdout.strip()  # fmt: skip
    outside.until("the first line", lambda: outside.says(project, run, "step 1"))
    gcs.reset_counters(bucket)
    store = open_store(project.store)
    outside.until("step 12 in the pod's log", lambda: outside.says(project, run, "step 12"))
    seen = b"".join(reader.log(store, run)).decode()
    assert "step 2\n" in seen, "a line ten seconds old is not in the store"
    assert project.ferry("wait", run).stdout == f"{run} succeeded\n"
    written = sum(file.size for file in reader.files(store, run).values())
    assert gcs.counters(bucket)["bytes_in"] <= 1.2 * written
