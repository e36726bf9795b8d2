"""Killed at any moment, a run is never over without its results, and goes on from them."""

import random
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.agent.pod import Pod, read, spec
from trainferry.runs import reader
from trainferry.spec.runspec import RunSpec
from trainferry.store import open_store

BLOWS = ("delete", "command", "wrapper", "agent", "launcher")
MOMENTS = ("step 1\n", "step 6\n", "trained")
RATE = 3e6  # bytes a second


def run_through(folder: Path, run: RunSpec, blow: str, moment: str) -> list[int]:
    """Strike attempt 1 at the moment; start attempts as the Job controller would. Returns their exit codes."""
    pod = Pod(folder, run, grace=40, publish_every=1.0).until(moment)
    if blow == "command" and moment == "trained":
        blow = "agent"  # that command has ended
    pod.delete() if blow == "delete" else pod.kill(blow)
    exits = [pod.wait()]
    while exits[-1] != 0 and len(exits) < 4:
        exits.append(Pod(folder, run, grace=40).wait())
    return exits


def check_stored(run: RunSpec) -> None:
    """The store has what the log says was written."""
    store, manifest = open_store(run.store), read(run)
    assert manifest.complete
    log = b"".join(reader.log(store, run.full_name)).decode()
    data = b"".join(reader.pieces(store, manifest.files["big.bin"]))
    assert f"{zlib.crc32(data):08x}" == re.findall(r"trained, crc32 ([0-9a-f]{8})", log)[-1]


@pytest.mark.parametrize("seed", [1])
def test_complete_means_stored_whatever_was_killed(tmp_path: Path, server: GcsServer, bucket: str, seed: int) -> None:
    server.control(scope=f"{bucket}/", rate=RATE)
    cases = random.Random(seed).sample([(blow, moment) for blow in BLOWS for moment in MOMENTS], 6)

    def one(case: tuple[str, str]) -> tuple[str, str, list[int]]:
        run = spec(f"gs://{bucket}/{case[0]}", "--steps", "8", "--pause", "0.3", "--kilobytes", "3000")
        exits = run_through(tmp_path, run, *case)
        check_stored(run)
        return *case, exits

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(one, cases))
    assert all(exits[-1] == 0 and set(exits[:-1]) <= {75, 137} for _, _, exits in results), results


def test_attempt_two_goes_on_where_attempt_one_was_killed(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "--steps", "20", "--pause", "0.1")
    assert Pod(tmp_path, run).until("step 9\n").kill("command").wait() == 75
    second = Pod(tmp_path, run)
    assert second.wait() == 0
    assert re.match(r"attempt 2 starts at step (9|10)\n", second.said()), second.said()
    lines = (second.output / "metrics.jsonl").read_text().splitlines()
    assert len(lines) in (20, 21)
    store = open_store(run.store)
    assert b"".join(reader.pieces(store, read(run).files["metrics.jsonl"])).decode().splitlines() == lines


def test_the_store_away_for_a_while_delays_the_end(tmp_path: Path, server: GcsServer, bucket: str) -> None:
    run = spec(f"gs://{bucket}/x", "--steps", "5", "--pause", "0.2", "--kilobytes", "5000")
    pod = Pod(tmp_path, run, grace=40, stall=40).until("step 2\n")
    server.fault(f"{bucket}/", status=503, seconds=8)
    assert pod.wait() == 0, pod.said()
    check_stored(run)


def test_a_store_that_stays_away_is_exit_code_74_and_says_so(tmp_path: Path, server: GcsServer, bucket: str) -> None:
    pod = Pod(tmp_path, spec(f"gs://{bucket}/x"), grace=6, stall=4).until("step 1\n")
    server.fault(f"{bucket}/", status=503)
    assert pod.wait() == 74
    assert "[ferry] the output could not be stored" in pod.said()


def test_a_pod_with_an_older_attempt_is_fenced_and_its_command_ended(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "--steps", "60", "--pause", "0.05")
    zombie = Pod(tmp_path, run).until("step 5\n")
    heir = Pod(tmp_path, run)
    assert (zombie.wait(), heir.wait()) == (75, 0)
    assert "a newer attempt of this run has taken over" in zombie.said()
    assert read(run).complete
    assert {file.attempt for file in read(run).files.values()} == {2}


def test_an_agent_killed_again_and_again_keeps_its_attempt(tmp_path: Path, server: GcsServer, bucket: str) -> None:
    run = spec(f"gs://{bucket}/x", "--steps", "12", "--pause", "0.3", "--kilobytes", "12000")
    pod = Pod(tmp_path, run)
    for step in (2, 6, 10):
        pod.until(f"step {step}\n").kill("agent")
    server.control(scope=f"{bucket}/", rate=4e6)
    pod.until("trained").until(
        "big.bin on its way", lambda: list(open_store(run.store).list(f"runs/{run.full_name}/output/1.parts/"))
    )
    pod.kill("agent")
    assert pod.wait() == 0, pod.said()
    check_stored(run)
    assert [attempt.number for attempt in read(run).attempts] == [1]
