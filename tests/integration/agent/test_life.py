"""One attempt, from its first byte to `flushed`."""

from pathlib import Path

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
