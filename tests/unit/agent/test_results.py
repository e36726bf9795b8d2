from pathlib import Path

import google_crc32c
import pytest

from trainferry.agent import results
from trainferry.errors import BadInput
from trainferry.runs import manifest
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store((tmp_path / "store").as_uri())


def publish(store: Store, run: str, files: dict[str, bytes]) -> None:
    """As an agent does."""
    stored = {}
    for path, data in files.items():
        name = f"runs/{run}/output/1/{len(stored)}"
        store.put(name, data)
        stored[path] = StoredFile([name], len(data), google_crc32c.value(data), 1, mode=0o640)
    manifest.save(store, OutputManifest(run, stored), 0)


def test_all_that_a_run_has_published_is_fetched_with_its_mode(store: Store, tmp_path: Path):
    publish(store, "base-1", {"results.json": b"{}", "checkpoints/best.pt": b"12"})
    assert results.main([store.url, "base-1", str(tmp_path / "run")]) == 0
    found = {str(path.relative_to(tmp_path / "run")): path.read_bytes()
             for path in (tmp_path / "run").rglob("*") if path.is_file()}  # fmt: skip
    assert found == {"results.json": b"{}", "checkpoints/best.pt": b"12"}
    assert (tmp_path / "run" / "results.json").stat().st_mode & 0o777 == 0o640


def test_fetched_again_only_what_is_new_comes(store: Store, tmp_path: Path):
    publish(store, "base-1", {"a": b"1"})
    results.fetch(store, "base-1", tmp_path / "run")
    before = (tmp_path / "run" / "a").stat().st_ino
    assert results.fetch(store, "base-1", tmp_path / "run") == 1
    assert (tmp_path / "run" / "a").stat().st_ino == before
    found, generation = manifest.load(store, "base-1")
    store.put("runs/base-1/output/1/new", b"2")
    found.files["a"] = StoredFile(["runs/base-1/output/1/new"], 1, google_crc32c.value(b"2"), 1, mtime=9.5)
    manifest.save(store, found, generation)
    results.fetch(store, "base-1", tmp_path / "run")
    assert (tmp_path / "run" / "a").read_bytes() == b"2"


def test_an_earlier_notebooks_work_does_not_come_over_what_the_new_one_has_published(store: Store, tmp_path: Path):
    publish(store, "nb-1", {"note": b"old"})
    words = [store.url, "nb-1", str(tmp_path / "project"), "--unless", "nb-2"]
    publish(store, "nb-2", {"note": b"new"})
    assert (results.main(words), (tmp_path / "project").exists()) == (0, False)
    words[-1] = "nb-3"
    assert (results.main(words), (tmp_path / "project" / "note").read_bytes()) == (0, b"old")


def test_a_run_that_published_nothing_leaves_nothing(store: Store, tmp_path: Path):
    assert results.fetch(store, "base-1", tmp_path / "run") == 0


@pytest.mark.parametrize("path", ["../above", "/etc/hosts", "a/../../b"])
def test_no_path_leads_out_of_the_folder(store: Store, tmp_path: Path, path: str):
    publish(store, "base-1", {path: b"x"})
    with pytest.raises(BadInput):
        results.fetch(store, "base-1", tmp_path / "run")
    assert not (tmp_path / "above").exists()
