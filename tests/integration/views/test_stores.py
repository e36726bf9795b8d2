"""Predictions and their pictures are read from every kind of store, and only what was published."""

from pathlib import Path

import google_crc32c
import pytest

from tests.unit.views.made import predictions, sheet, table
from trainferry.data.push import push
from trainferry.errors import Corrupt
from trainferry.runs import layout, manifest, record
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.sdk.ferry import Ferry
from trainferry.store import Store, open_store

RUN = "base-4be1a90c"


def published(store: Store, files: dict[str, bytes], spec: dict[str, object]) -> None:
    """A finished run as an agent leaves it, the table in two pieces."""
    stored = {}
    for path, data in files.items():
        names = [layout.output(RUN, 1, f"{path}.{at}") for at in range(2)]
        for name, part in zip(names, (data[:100], data[100:]), strict=True):
            store.put(name, part)
        stored[path] = StoredFile(names, len(data), google_crc32c.value(data), 1)
    manifest.save(store, OutputManifest(RUN, stored, complete=True), 0)
    record.write(store, record.Record(RUN, spec, when=1.0))


def opened(store: Store, folder: Path) -> Ferry:
    """With this store; a claim would want a cluster."""
    ferry = Ferry(cwd=folder, store=str(folder / "unused"))
    ferry.store = store
    return ferry


def test_table_sheet_and_pictures_of_the_dataset(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRY_HOME", str(tmp_path / "home"))
    folder = tmp_path / "pets"
    (folder / "cat").mkdir(parents=True)
    (folder / "cat/1.png").write_bytes(sheet(1))
    store = open_store(url)
    pushed = push(store, folder, "pets")
    text = table(predictions(40)).replace('"sheet.png#xywh=0,0,12,12"', "cat/1.png").encode()
    spec = {"data": [{"name": "pets", "dataset": "pets", "version": pushed.version}]}
    published(store, {"predictions.csv": text, "sheet.png": sheet(40), "unnamed.png": b"no picture"}, spec)
    found = opened(store, tmp_path).predictions("base")
    assert found.predictions.rows[1:] == predictions(40).rows[1:]
    page = found.page()
    assert '"cell":null' not in page
    store.put(layout.output(RUN, 1, "predictions.csv.1"), text[100:].replace(b"cat", b"dog"))
    with pytest.raises(Corrupt, match="is not what was published"):
        opened(store, tmp_path).predictions("base")
