"""One attempt, from its first byte to `flushed`."""

from pathlib import Path

from tests.cluster.gcs_server import GcsServer
from tests.integration.agent.pod import Pod, read, spec
from trainferry.runs import reader
from trainferry.store import open_store


def test_a_run_that_ends_well_is_stored_as_it_was_written(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "--kilobytes", "9000")
    pod = Pod(tmp_path, run)
    assert pod.wait() == 0, pod.said()
    manifest, store = read(run), open_store(run.store)
    assert manifest.complete
    stored = {path: b"".join(reader.pieces(store, file)) for path, file in manifest.files.items()}
    written = {str(p.relative_to(pod.output)): p.read_bytes() for p in pod.output.rglob("*") if p.is_file()}
    assert stored == written
    assert b"".join(reader.log(store, run.full_name)) == pod.console.read_bytes()


def test_lines_are_in_the_store_while_it_runs_and_little_more_travels_than_was_written(
    tmp_path: Path, server: GcsServer, bucket: str
) -> None:
    run = spec(f"gs://{bucket}/x", "--steps", "60", "--pause", "0.05", "--kilobytes", "9000")
    pod, store = Pod(tmp_path, run), open_store(run.store)
    pod.until("step 4 in the store", lambda: b"step 4\n" in b"".join(reader.log(store, run.full_name)))
    assert pod.trainer.poll() is None
    assert pod.wait() == 0
    written = sum(file.size for file in read(run).files.values())
    assert server.counters(bucket)["bytes_in"] <= 1.2 * written


def test_checkpoints_replaced_again_and_again_arrive_while_it_runs(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "--steps", "400", "--pause", "0.02")
    pod = Pod(tmp_path, run).until("a checkpoint", lambda: "checkpoints/last.json" in read(run).files)
    assert "trained" not in pod.delete().said()
    assert pod.wait() == 75
