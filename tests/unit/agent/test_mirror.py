import subprocess
import sys
import time
from pathlib import Path

from trainferry.agent.mirror import mirror
from trainferry.runs import manifest
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.store.open import open_store

EVENTS = "logs/events.out.tfevents.1"


def publish(folder: Path, *chunks: bytes) -> None:
    """A run whose event file is stored as these chunks, and a file that is none of TensorBoard's."""
    store = open_store(f"file://{folder}")
    names = [f"runs/base-1/output/1/{EVENTS}.parts/{number}" for number in range(len(chunks))]
    for name, chunk in zip(names, chunks, strict=True):
        store.put(name, chunk)
    entry = StoredFile(names, sum(map(len, chunks)), 0, 1)
    _, generation = manifest.load(store, "base-1")
    files = {EVENTS: entry, "last.ckpt": StoredFile(["missing"], 9, 0, 1)}
    manifest.save(store, OutputManifest("base-1", files), generation)


def test_an_event_file_grows_at_its_end_and_nothing_else_is_fetched(tmp_path: Path):
    store, copy = open_store(f"file://{tmp_path}/store"), tmp_path / "copy"
    publish(tmp_path / "store", b"one", b"two")
    assert mirror(store, "base-1", copy) == 6
    inode = (copy / EVENTS).stat().st_ino
    publish(tmp_path / "store", b"onetwo", b"", b"three")  # composed meanwhile
    assert mirror(store, "base-1", copy) == 5
    assert mirror(store, "base-1", copy) == 0
    assert (copy / EVENTS).read_bytes() == b"onetwothree"
    assert (copy / EVENTS).stat().st_ino == inode
    assert [path for path in copy.rglob("*") if path.is_file()] == [copy / EVENTS]


def test_a_run_that_has_not_begun_has_no_events(tmp_path: Path):
    assert mirror(open_store(f"file://{tmp_path}/store"), "base-1", tmp_path / "copy") == 0


def test_the_sidecar_mirrors_until_it_is_told_to_end(tmp_path: Path):
    publish(tmp_path / "store", b"one")
    words = ["-m", "trainferry.agent.mirror", f"file://{tmp_path}/store", "base-1", str(tmp_path / "copy")]
    with subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE) as process:
        while process.poll() is None and not (tmp_path / "copy" / EVENTS).exists():
            time.sleep(0.05)
        process.terminate()
        assert (process.wait(30), process.stderr and process.stderr.read()) == (0, b"")
    assert (tmp_path / "copy" / EVENTS).read_bytes() == b"one"
