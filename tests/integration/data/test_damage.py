"""A flipped byte, a lost shard, a cut one: named, and nothing of it used."""

from pathlib import Path

import pytest

from tests.integration.data.trees import shards, tree
from trainferry.data import catalog
from trainferry.data.index import File, Index
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.errors import Corrupt
from trainferry.runs import layout
from trainferry.store import Store


@pytest.fixture
def index(store: Store, folder: Path) -> Index:
    return catalog.load(store, "cats", push(store, folder, "cats").version)


def file(index: Index, path: str) -> tuple[File, str, str]:
    """The file, its shard's object, and how messages call it."""
    found = next(file for file in index.files if file.path == path)
    digest = index.shards[found.shard].digest
    return found, layout.dataset_shard("cats", digest), f"cats@{index.version[:8]}: shard {digest[:12]}.tar"


def refusal(store: Store, index: Index, tmp_path: Path) -> str:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/before").write_text("before")
    with pytest.raises(Corrupt) as caught:
        pull(store, "cats", index.version, tmp_path / "out")
    assert tree(tmp_path / "out") == {"before": (b"before", False)}
    assert [path.name for path in tmp_path.iterdir() if "ferry-pull" in path.name] == []
    return str(caught.value)


@pytest.mark.parametrize("path", ["class1/001.png", "large.bin", "größe\n/日本 語"])
def test_a_flipped_byte_is_named_and_nothing_is_used(path: str, store: Store, index: Index, tmp_path: Path) -> None:
    found, name, where = file(index, path)
    data = bytearray(store.get(name))
    data[found.offset + found.size // 2] ^= 1
    store.put(name, bytes(data))
    shown = path.replace("\n", "\\n")
    expected = f"{where}, file {shown}: not the bytes that were pushed (crc32c)"
    assert refusal(store, index, tmp_path) == expected


def test_a_flipped_byte_between_files_names_the_shard(store: Store, index: Index, tmp_path: Path) -> None:
    found, name, where = file(index, "class1/001.png")
    data = bytearray(store.get(name))
    data[found.offset - 300] ^= 1
    store.put(name, bytes(data))
    expected = f"{where}: not the bytes that were pushed (crc32c)   push cats again"
    assert refusal(store, index, tmp_path) == expected


def test_a_lost_shard_is_named(store: Store, index: Index, tmp_path: Path) -> None:
    _, name, where = file(index, "large.bin")
    store.delete(name)
    assert refusal(store, index, tmp_path) == f"{where} is not in {store.url} any more   push cats again"


def test_a_cut_shard_is_named(store: Store, index: Index, tmp_path: Path) -> None:
    _, name, where = file(index, "large.bin")
    store.put(name, store.get(name)[: 1 << 20])
    assert refusal(store, index, tmp_path) == f"{where}: shorter than what was pushed   push cats again"


def test_a_damaged_index_is_named(store: Store, index: Index, tmp_path: Path) -> None:
    name = layout.dataset_index("cats", index.version)
    store.put(name, store.get(name)[:-100])
    assert refusal(store, index, tmp_path).startswith(f"cats@{index.version[:8]}: not an index of a dataset")


def test_the_next_push_heals_what_it_has_to_send_anyway(
    store: Store, index: Index, folder: Path, tmp_path: Path
) -> None:
    for name in shards(store):
        store.put(name, b"damaged")
    catalog_name = layout.dataset_index("cats", index.version)
    store.delete(catalog_name)
    pushed = push(store, folder, "cats")
    assert pushed.version == index.version
    pull(store, "cats", pushed.version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)
