"""Reading everything again: what is right is said to be, and what is not is named."""

import hashlib
import os
from pathlib import Path

import google_crc32c
import pytest

from trainferry.data import catalog, verify
from trainferry.data.push import push
from trainferry.data.verify import Read
from trainferry.runs import layout
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store

DATA = os.urandom(3 << 20)
CRC, SHA = google_crc32c.value(DATA), hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def stored(store: Store) -> StoredFile:
    """One file in two objects."""
    names = [
        store.put(f"o/{number}", DATA[start : start + (2 << 20)]).name for number, start in enumerate((0, 2 << 20))
    ]
    return StoredFile(names, len(DATA), CRC, 1, sha256=SHA)


def test_a_file_is_what_was_stored(store: Store, stored: StoredFile) -> None:
    old = StoredFile(**{**vars(stored), "sha256": ""})
    good = Read("a", len(DATA), CRC, SHA, "crc32c, sha256")
    found = list(verify.files(store, {"a": stored, "b": old}, ["a", "b"]))
    assert found == [good, Read("b", len(DATA), CRC, SHA, "crc32c")]


def test_a_file_that_differs_is_named_with_the_reason(store: Store, stored: StoredFile) -> None:
    changed = DATA[2 << 20 : -1] + bytes([DATA[-1] ^ 1])
    crc, sha = google_crc32c.value(DATA[: 2 << 20] + changed), hashlib.sha256(DATA[: 2 << 20] + changed).hexdigest()
    store.put("o/1", changed)
    forged = StoredFile(**{**vars(stored), "crc32c": crc})
    store.put("o/2", b"{}")
    weights = StoredFile(["o/2"], 2, google_crc32c.value(b"{}"), 1)
    gone = StoredFile(["o/3"], 2, 0, 1)
    cut = StoredFile(["o/2"], 3, 0, 1)
    files = {"a": stored, "forged": forged, "w.safetensors": weights, "gone": gone, "cut": cut}
    found = {read.path: read.problem for read in verify.files(store, files, files)}
    assert list(found) == list(files)
    assert "no object" in found.pop("gone")
    assert found == {
        "a": f"crc32c {crc:08x}, {CRC:08x} was stored",
        "forged": f"sha256 {sha[:12]}..., {SHA[:12]}... was stored",
        "w.safetensors": "no safetensors: its header does not fit",
        "cut": "2 bytes, 3 were stored",
    }


def test_a_dataset_is_read_shard_by_shard_and_its_bad_files_are_named(store: Store, folder: Path) -> None:
    index = catalog.load(store, "cats", push(store, folder, "cats").version)
    good = list(verify.dataset(store, "cats", index.version))
    assert [(read.path, read.crc32c, read.problem) for read in good] == [
        (f"{shard.digest}.tar", shard.crc32c, "") for shard in index.shards
    ]
    file = next(file for file in index.files if file.path == "class1/001.png")
    name = layout.dataset_shard("cats", index.shards[file.shard].digest)
    data = bytearray(store.get(name))
    data[file.offset] ^= 1
    store.put(name, bytes(data))
    lost = layout.dataset_shard("cats", index.shards[-1].digest)
    store.delete(lost)
    bad = [read.path for read in verify.dataset(store, "cats", index.version) if read.problem]
    assert bad == [f"{index.shards[file.shard].digest}.tar", "class1/001.png", f"{index.shards[-1].digest}.tar"]
