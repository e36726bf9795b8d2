from pathlib import Path

import pytest

from trainferry.runs import manifest
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.runs.progress import last_metrics, progress
from trainferry.store.file import FileStore

CASES = {
    b"": "",
    b'{"epoch": 7, "epochs": 15, "accuracy": 0.6812}\n': "epoch 7/15  accuracy 0.6812",
    b'{"step": 10}\n{"step": 20, "loss": 1.5, "lr": 0.001, "seen": 4.0}\n': "step 20  loss 1.5  lr 0.001",
    b'{"step": 10}\n{"step": 20, "lo': "step 10",
    b"not json\n": "",
    b"[1]\n": "",
}


@pytest.mark.parametrize("lines", CASES)
def test_the_last_whole_line_says_how_far_a_run_is(tmp_path: Path, lines: bytes) -> None:
    store = FileStore(tmp_path)
    half = len(lines) // 2
    for name, part in (("a", lines[:half]), ("b", lines[half:])):
        store.put(name, part)
    manifest.save(store, OutputManifest("base", {"log/metrics.jsonl": StoredFile(["a", "b"], len(lines), 0, 1)}), 0)
    assert progress(store, "base") == CASES[lines]


def test_a_run_without_metrics_tells_nothing(tmp_path: Path) -> None:
    assert last_metrics(FileStore(tmp_path), "base") == {}
