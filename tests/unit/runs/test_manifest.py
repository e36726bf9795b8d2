import json
from pathlib import Path

import pytest

from trainferry.errors import Changed
from trainferry.runs import manifest
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile, Verdict
from trainferry.store.file import FileStore
from trainferry.store.protocol import ObjectInfo

LOG = StoredFile(["runs/base/attempts/1/log"], 3, 9, 1)
WHOLE = OutputManifest(
    "base",
    {"model.pt": StoredFile(["a", "b"], 10, 77, 1, 0o755, 12.5)},
    [Attempt(1, "uid", 1.0, "node", LOG, Verdict(143, 75, "wrapper", 15, 0, True, "stopped", 2.0), True)],
    complete=True,
    own_failures=2,
)


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    generation = manifest.save(store, WHOLE, 0)
    assert manifest.load(store, "base") == (WHOLE, generation)


def test_only_one_of_two_writers_wins(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    manifest.save(store, WHOLE, 0)
    with pytest.raises(Changed):
        manifest.save(store, OutputManifest("base"), 0)


def test_a_write_whose_answer_was_lost_was_ours(tmp_path: Path) -> None:
    class Lossy(FileStore):
        def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
            super().put(name, data, if_generation)
            raise Changed("the second try met the first one's object")

    assert manifest.save(Lossy(tmp_path), WHOLE, 0) == manifest.load(FileStore(tmp_path), "base")[1]


def test_a_manifest_of_before_sha256_is_read(tmp_path: Path) -> None:
    old = json.loads(WHOLE.dumps())
    del old["files"]["model.pt"]["sha256"], old["attempts"][0]["log"]["sha256"]
    assert OutputManifest.loads(json.dumps(old).encode()) == WHOLE
