"""What is pushed is pulled; what is there already does not travel."""

import os
import shutil
from pathlib import Path

import pytest

from tests.integration.data.trees import shards, tree
from trainferry.data import catalog, packing, packs
from trainferry.data.catalog import Dataset
from trainferry.data.progress import Progress
from trainferry.data.pull import Pulled, pull
from trainferry.data.push import Pushed, push
from trainferry.errors import BadInput, Missing
from trainferry.store import Store, open_store


def test_a_folder_comes_back_as_it_was(store: Store, folder: Path, tmp_path: Path) -> None:
    pushed = push(store, folder, "cats")
    size = sum(len(data) for data, _ in tree(folder).values())
    assert pushed == Pushed("cats", pushed.version, 306, size, 4, pushed.new_bytes)
    assert pull(store, "cats", pushed.version, tmp_path / "out") == Pulled("cats", pushed.version, 306, size)
    assert tree(tmp_path / "out") == tree(folder)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_the_version_depends_on_nothing_but_the_content(store: Store, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    assert push(store, tmp_path / "copy", "dogs").version == push(store, folder, "cats").version


def test_ten_changed_files_move_one_small_shard(store: Store, folder: Path, tmp_path: Path) -> None:
    push(store, folder, "cats")
    before = shards(store)
    for number in range(10):
        (folder / f"class{number % 3}/{number:03}.png").write_text(f"new {number}")
    pushed = push(store, folder, "cats")
    assert (pushed.new_shards, pushed.new_bytes) == (1, 10 * 1024 + 1024)
    after = shards(store)
    assert {name: after[name] for name in before} == before
    pull(store, "cats", pushed.version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)


def test_a_removed_file_and_a_changed_mode_move_nothing(store: Store, folder: Path, tmp_path: Path) -> None:
    push(store, folder, "cats")
    (folder / "class0/000.png").unlink()
    (folder / "class1/001.png").chmod(0o755)
    pushed = push(store, folder, "cats")
    assert (pushed.files, pushed.new_shards) == (305, 0)
    pull(store, "cats", pushed.version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)


def test_an_old_version_pushed_again_is_the_newest_again(store: Store, folder: Path) -> None:
    first = push(store, folder, "cats").version
    (folder / "b/run.sh").write_text("false")
    second = push(store, folder, "cats").version
    assert catalog.versions(store, "cats") == [first, second]
    (folder / "b/run.sh").write_text("true")
    pushed = push(store, folder, "cats")
    assert (pushed.version, pushed.new_shards) == (first, 0)
    assert catalog.versions(store, "cats") == [second, first]
    assert catalog.resolve(store, "cats") == first


def test_shards_that_are_mostly_dead_are_packed_anew(store: Store, folder: Path, tmp_path: Path) -> None:
    push(store, folder, "cats")
    for number in range(300):
        if number % 5:
            (folder / f"class{number % 3}/{number:03}.png").unlink()
    push(store, folder, "cats")
    (folder / "b/run.sh").write_text("false")
    pushed = push(store, folder, "cats")
    assert pushed.new_shards == 1
    assert sum(shard.size for shard in catalog.load(store, "cats", pushed.version).shards) < 1.02 * pushed.size
    pull(store, "cats", pushed.version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)


def test_many_small_shards_become_one(store: Store, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for number in range(packing.MANY + 3):
        (tmp_path / f"data/{number}").write_text(str(number))
        pushed = push(store, tmp_path / "data", "cats")
    assert len(catalog.load(store, "cats", pushed.version).shards) == 2


def test_a_file_that_needs_two_levels_of_composing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainferry.data.shards.PART", 1 << 18)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/large").write_bytes(os.urandom(packs.SHARD + 1))
    pushed = push(store, tmp_path / "data", "cats")
    assert len(shards(store)) == 1
    pull(store, "cats", pushed.version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "data")


def test_progress_ends_at_the_end(store: Store, folder: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    pushed = push(store, folder, "cats", seen.append)
    pull(store, "cats", pushed.version, tmp_path / "out", seen.append)
    last = [progress for progress in seen if progress.done == progress.total]
    assert last == [Progress(pushed.size, pushed.size, 306, 306, what) for what in ("uploading", "fetching")]


def test_files_of_the_same_name_are_replaced_and_others_stay(store: Store, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out/b").mkdir(parents=True)
    (tmp_path / "out/b/run.sh").write_text("old")
    (tmp_path / "out/mine").write_text("mine")
    pull(store, "cats", push(store, folder, "cats").version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder) | {"mine": (b"mine", False)}


@pytest.mark.parametrize("obstacle", ["link", "file", "folder"])
def test_what_is_in_the_way_is_named_before_anything_moves(obstacle: str, remote: Store, tmp_path: Path) -> None:
    for name in ("data/a/b", "data/0", "out/x", "elsewhere/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    if obstacle == "link":
        (tmp_path / "out/a").symlink_to(tmp_path / "elsewhere")
    elif obstacle == "file":
        (tmp_path / "out/a").write_text("")
    else:
        (tmp_path / "out/a/b").mkdir(parents=True)
    before = tree(tmp_path / "out"), tree(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match=rf"^{tmp_path}/out/a.*: in the way"):
        pull(remote, "cats", push(remote, tmp_path / "data", "cats").version, tmp_path / "out")
    assert (tree(tmp_path / "out"), tree(tmp_path / "elsewhere")) == before


def test_the_catalog_lists_resolves_and_removes(store: Store, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    versions = []
    for number in range(3):
        (tmp_path / "data/file").write_text("x" * number)
        versions.append(push(store, tmp_path / "data", "cats").version)
    push(store, tmp_path / "data", "dogs")
    found = catalog.datasets(store)
    assert [(one.name, one.version, one.files, one.size) for one in found] == [
        *[("cats", version, 1, size) for size, version in enumerate(versions)],
        ("dogs", versions[2], 1, 2),
    ]
    assert all(isinstance(one, Dataset) and one.created > 1e9 for one in found)
    assert catalog.resolve(store, "cats", versions[0][:8]) == versions[0]
    catalog.remove(store, "cats", versions[2][:8])
    assert catalog.versions(store, "cats") == versions[:2]
    assert len(shards(store)) == 2
    catalog.remove(store, "cats")
    assert shards(store) == {}
    assert [one.name for one in catalog.datasets(store)] == ["dogs"]


def test_a_dataset_that_is_not_there_says_what_is(store: Store, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/file").write_text("")
    version = push(store, tmp_path / "data", "cifar10").version
    for call, line in {
        (lambda: catalog.resolve(store, "cifar")): f'no dataset "cifar" in {store.url}. Did you mean cifar10?',
        (lambda: catalog.remove(store, "zebra")): f'no dataset "zebra" in {store.url}.',
        (lambda: catalog.resolve(store, "cifar10", "00")): (
            f'no version "00" of dataset cifar10 in {store.url}. The newest is cifar10@{version[:8]}.'
        ),
    }.items():
        with pytest.raises(Missing) as caught:
            call()
        assert str(caught.value) == f"{line}   ferry data ls"


@pytest.mark.parametrize("inside", ["", "ferry-store"])
def test_a_folder_that_holds_the_store_is_refused(inside: str, folder: Path) -> None:
    with pytest.raises(BadInput) as caught:
        push(open_store((folder / inside).as_uri()), folder, "cats")
    assert caught.value.message == f"{folder} holds the store itself ({(folder / inside).as_uri()})"


@pytest.mark.parametrize("name", ["", "Cats", "a/b", "..", "-a", "a" * 64, "größe"])
def test_a_name_that_is_none_is_refused_before_anything_is_asked(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected lower-case letters, digits and -, for example cifar10"):
        push(open_store(tmp_path.as_uri()), tmp_path, name)
