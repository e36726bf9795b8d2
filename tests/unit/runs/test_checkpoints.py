"""What `ferry get checkpoints` says, and where it has it from."""

import json
from dataclasses import replace
from pathlib import Path

import google_crc32c
import pytest

from trainferry.runs import manifest, reader
from trainferry.runs.checkpoints import Checkpoint
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.store.file import FileStore

LINES = b"".join(
    json.dumps(line).encode() + b"\n"
    for line in (
        {"step": 100, "accuracy": 0.5, "time": 10.0},
        {"step": 200, "accuracy": 0.6, "time": 20.0},
        {"step": 300, "epoch": 3, "loss": 1.25, "time": 30.0},
    )
)
FILES: dict[str, tuple[bytes, float]] = {
    "checkpoints/step-100.pt": (b"100", 11.0),
    "checkpoints/step-200.pt": (b"200", 21.0),
    "checkpoints/step-200.json": (b'{"step": 200, "accuracy": 0.625}', 21.0),
    "checkpoints/epoch3/model.safetensors": (b"33", 31.0),
    "checkpoints/epoch3/optimizer.pt": (b"3333", 32.0),
    "checkpoints/last.pt": (b"last", 25.0),
    "best.safetensors": (b"best", 26.0),
    "best.json": (b"not JSON", 26.0),
    "metrics.jsonl": (LINES + b'{"step": 4', 30.0),
    "other.txt": (b"", 1.0),
}


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    store = FileStore(tmp_path)
    stored = {}
    for path, (data, time) in FILES.items():
        half = len(data) // 2
        objects = [store.put(f"o/{path}.{number}", part).name for number, part in enumerate((data[:half], data[half:]))]
        stored[path] = StoredFile(objects, len(data), google_crc32c.value(data), 1, mtime=time)
    manifest.save(store, OutputManifest("base", stored), 0)
    return store


def row(path: str, *told: object, paths: tuple[str, ...] = (), verified: str = "crc32c") -> Checkpoint:
    """step, metric."""
    members = [FILES[one] for one in paths or (path,)]
    crc = None if paths else google_crc32c.value(FILES[path][0])
    size, time = sum(len(data) for data, _ in members), max(time for _, time in members)
    return Checkpoint(path, size, crc, time, *told, paths=paths or (path,), verified=verified)  # type: ignore[arg-type]


FOLDER = ("checkpoints/epoch3/model.safetensors", "checkpoints/epoch3/optimizer.pt")
ROWS = [
    row("checkpoints/step-100.pt", 100, "accuracy 0.5"),
    row("checkpoints/step-200.pt", 200, "accuracy 0.625"),
    row("checkpoints/last.pt", 200, "accuracy 0.6"),
    row("best.safetensors", 200, "accuracy 0.6"),
    row("checkpoints/epoch3", 300, "loss 1.25", paths=FOLDER),
]


def test_step_and_metric_are_what_the_run_itself_wrote(store: FileStore) -> None:
    assert reader.checkpoints(store, "base", verified=True) == ROWS
    assert reader.checkpoints(store, "base") == [replace(row, verified="") for row in ROWS]


def test_without_metrics_the_digits_of_the_name_are_the_step(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    files = {name: StoredFile([], 0, 0, 1, mtime=1.0) for name in ("step-9.pt", "step-10.pt", "last.pt")}
    manifest.save(store, OutputManifest("base", files), 0)
    found = [(one.path, one.step, one.metric) for one in reader.checkpoints(store, "base")]
    assert found == [("last.pt", None, ""), ("step-9.pt", 9, ""), ("step-10.pt", 10, "")]


def test_what_the_store_does_not_have_any_more_is_said(store: FileStore) -> None:
    store.put("o/checkpoints/last.pt.1", b"xx")
    store.delete("o/checkpoints/epoch3/optimizer.pt.0")
    found = {one.path: one.verified for one in reader.checkpoints(store, "base", verified=True)}
    assert [path for path, word in found.items() if word == "crc32c"] == [ROWS[0].path, ROWS[1].path, ROWS[3].path]
    assert (found["checkpoints/last.pt"], found["checkpoints/epoch3"]) == ("DAMAGED", "MISSING")


@pytest.mark.parametrize(
    ("what", "paths"),
    [("last", FOLDER), ("best", ("best.safetensors",)), ("checkpoints/epoch3", FOLDER), ("*.txt", ("other.txt",))],
)
def test_a_folder_is_selected_as_a_whole(store: FileStore, what: str, paths: tuple[str, ...]) -> None:
    assert reader.select(store, "base", what) == list(paths)
