"""P1: a Job is Complete only when the last byte of its output is verified in the store, whatever hits the pod.

FERRY_TEST_SEED chooses the moments of `make test` and the order of `make soak`, FERRY_TEST_SOAK_MIB the latter's size.
"""

import json
import os
import random
import re
import time
import uuid
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.e2e import outside
from tests.e2e.conftest import Project
from trainferry.runs import layout, reader
from trainferry.runs.manifest import OutputManifest
from trainferry.store import Store, open_store

RATE = 2e6  # bytes a second that the store takes of a run
STEPS = 9
TRAINING = tuple(f"step {number}" for number in range(1, STEPS))  # a second of training is left after each
STORING = ("trained", "half stored")
MEMORY = "256Mi"
TOO_SHORT = "the grace period was too short to store the whole output"
SEED = int(os.environ.get("FERRY_TEST_SEED", "29"))
SOAK = int(os.environ.get("FERRY_TEST_SOAK_MIB", "200"))


@dataclass(frozen=True)
class Kind:
    """A way to hit a run. `attempts`: how many it has in the end when hit while it trains; `end`: of its Job."""

    strike: Callable[[Project, str], None] | None
    attempts: int
    end: str = "Complete"
    moments: tuple[str, ...] = TRAINING + STORING


KINDS = {
    "delete": Kind(outside.delete, 2),
    "evict": Kind(outside.evict, 2),
    "kill-command": Kind(outside.kill_command, 2, moments=TRAINING),
    "kill-wrapper": Kind(outside.kill_wrapper, 2),
    "kill-agent": Kind(outside.kill_agent, 1),
    "kill-first": Kind(outside.kill_first, 1, "Failed"),
    "oom": Kind(None, 1, "Failed", (*TRAINING, "writing", "trained")),
}


@dataclass(frozen=True)
class Case:
    """One run, hit once; its last words have so many MiB."""

    kind: str
    moment: str
    megabytes: int


@dataclass(frozen=True)
class Sea:
    """Where a run goes: a user's project, and a slow store."""

    project: Project
    gcs: GcsServer
    store: Store

    def survive(self, case: Case) -> int:
        """Send a run, hit it, and look at its results the moment the Job is over. Returns how often it restarted."""
        scope = f"{self.store.url.removeprefix('gs://')}/runs/"
        self.gcs.fault(scope, rate=RATE)
        run = self.send(case)
        self.strike(case, run)
        end = outside.until_ended(self.project, run, patience=900)
        self.gcs.heal(scope)
        assert end == KINDS[case.kind].end, (case, self.project.get("job", run)["status"])
        manifest = reader.manifest(self.store, run)
        self.check(case, run, manifest)
        return len(manifest.attempts) - 1

    def send(self, case: Case) -> str:
        """A run whose last words take long; returns its name."""
        oom = ("--oom", case.moment) if case.kind == "oom" else ()
        return self.project.ferry(
            "run", "-d", "--name", f"{case.kind}-{case.moment.replace(' ', '-')}", "--ephemeral-storage", "2Gi",
            "--memory", MEMORY, "--store", self.store.url, "--", "python3", "worker.py", "--output", "{output}",
            "--steps", str(STEPS), "--step-seconds", "1", "--megabytes", str(case.megabytes), *oom,
        ).stdout.strip()  # fmt: skip

    def strike(self, case: Case, run: str) -> None:
        """At its moment. Nothing to do when the command takes all memory by itself."""
        blow = KINDS[case.kind].strike
        if blow is None:
            return
        outside.until_says(self.project, run, "trained" if case.moment in STORING else case.moment)
        if case.moment == "half stored":
            half = case.megabytes << 19
            outside.until(case.moment, lambda: sum(i.size for i in self.store.list(layout.run(run))) > half)
        blow(self.project, run)

    def check(self, case: Case, run: str, manifest: OutputManifest) -> None:
        """All that the stored log says was written is stored, and the next attempt went on from there."""
        logs = [b"".join(reader.log(self.store, run, attempt.number)).decode() for attempt in manifest.attempts]
        steps = [int(step) for step in re.findall(r"^step (\d+)$", "".join(logs), re.MULTILINE)]
        state = b"".join(reader.pieces(self.store, manifest.files["checkpoints/state.json"]))
        step = json.loads(state)["step"]
        assert step - max(steps) in (0, 1), (case, step, logs)  # the blow may fall between a checkpoint and its line
        verdict = manifest.attempts[-1].verdict
        assert verdict is not None, case
        for size, crc in re.findall(r"last words (\d+) MiB, crc32 ([0-9a-f]{8})", logs[-1]):
            if "last_words.bin" not in manifest.files:  # may be so in a run that failed, and says why
                assert (KINDS[case.kind].end, verdict.reason) == ("Failed", TOO_SHORT), case
                continue
            found, length = 0, 0
            for piece in reader.pieces(self.store, manifest.files["last_words.bin"]):
                found, length = zlib.crc32(piece, found), length + len(piece)
            assert (length >> 20, f"{found:08x}") == (int(size), crc), case
        if KINDS[case.kind].end == "Complete":
            assert (manifest.complete, logs[-1].count("last words")) == (True, 1), (case, logs)
        if case.moment in TRAINING:
            starts = [int(step) for step in re.findall(r"start at step (\d+)", "".join(logs))]
            assert len(starts) == KINDS[case.kind].attempts, (case, logs)
            assert starts[-1] >= int(case.moment[5:]) * (len(starts) - 1), (case, logs)
        if case.kind == "oom":
            assert (verdict.exit, verdict.reason) == (137, f"killed: out of memory (limit {MEMORY})")


def hit(project: Project, gcs: GcsServer, cases: list[Case], at_once: int) -> int:
    """All cases, so many at a time; returns the number of restarts. What failed is told of every case."""

    def one(case: Case) -> int:
        bucket = f"b-{uuid.uuid4().hex[:12]}"
        gcs.make_bucket(bucket)
        restarts = Sea(project, gcs, open_store(f"gs://{bucket}/team")).survive(case)
        gcs.remove_bucket(bucket)
        return restarts

    project.code("worker.py")
    with ThreadPoolExecutor(at_once) as pool:
        jobs = {case: pool.submit(one, case) for case in cases}
    assert {case: job.exception() for case, job in jobs.items() if job.exception()} == {}
    return sum(job.result() for job in jobs.values())


@pytest.fixture
def emulator(gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> GcsServer:
    """The store of this process is the cluster's too."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    return gcs


def test_complete_means_stored_at_three_moments(project: Project, emulator: GcsServer) -> None:
    dice = random.Random(SEED)
    groups = TRAINING[:4], TRAINING[4:], STORING
    moments = [dice.choice(group) for group in groups]
    cases = [Case(dice.choice([k for k in KINDS if m in KINDS[k].moments]), m, 20) for m in moments]
    hit(project, emulator, cases, at_once=len(cases))


@pytest.mark.soak
@pytest.mark.timeout(4000)
def test_complete_means_stored_at_all_moments(project: Project, emulator: GcsServer) -> None:
    cases = [Case(name, moment, SOAK) for name, kind in KINDS.items() for moment in kind.moments]
    random.Random(SEED).shuffle(cases)
    began = time.monotonic()
    restarts = hit(project, emulator, cases, at_once=10)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    print(
        f"\nsoak: {len(cases)} runs hit ({', '.join(KINDS)}), each {SOAK} MiB at {RATE / 1e6:.0f} MB/s, "
        f"{restarts} restarts, none Complete without its results; "
        f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores, {memory >> 30} GiB; seed {SEED}"
    )


def test_a_line_is_in_the_store_within_ten_seconds_and_little_more_travels_than_was_written(
    project: Project, emulator: GcsServer
) -> None:
    project.code("worker.py")
    store, bucket = open_store(project.store), project.store.removeprefix("gs://").partition("/")[0]
    run = project.ferry(
        "run", "-d", "--name", "talker", "--", "python3", "worker.py", "--output", "{output}",
        "--steps", "16", "--step-seconds", "1", "--megabytes", "20",
    ).stdout.strip()  # fmt: skip
    outside.until_says(project, run, "step 1")
    emulator.reset_counters(bucket)
    outside.until_says(project, run, "step 13")
    seen = b"".join(reader.log(store, run)).decode()
    assert "step 3\n" in seen, "a line ten seconds old is not in the store"
    assert project.ferry("wait", run).stdout == f"{run} succeeded\n"
    written = sum(file.size for file in reader.files(store, run).values())
    assert emulator.counters(bucket)["bytes_in"] <= 1.2 * written
