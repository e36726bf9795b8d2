"""Names that are followed part by part."""

import os
from pathlib import Path

import pytest

from trainferry.errors import BadInput, Missing
from trainferry.store import checksum
from trainferry.store.file import FileStore

NAMES = ["a", "a-b", "a.b/c", "a/b", "a/b-c", "a/c/d", "a0", "ab", "b/größe", "b/z", "c"]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    made = FileStore(tmp_path / "store")
    made.put_many((name, name.encode()) for name in NAMES if name != "a")
    return made


def listed(store: FileStore, prefix: str = "", after: str = "") -> list[str]:
    return [info.name for info in store.list(prefix, after)]


def test_a_list_goes_on_behind_any_name(store: FileStore) -> None:
    whole = sorted(name for name in NAMES if name != "a")
    assert listed(store) == whole
    for after in [*NAMES, "", "a/", "a/b/", "a/c", "a/zz", "zz", "A"]:
        for prefix in ("", "a", "a/", "a/b", "b/", "none"):
            expected = [name for name in whole if name.startswith(prefix) and name > after]
            assert listed(store, prefix, after) == expected, (prefix, after)


def test_the_root_itself_may_be_a_link(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.root)
    linked = FileStore(tmp_path / "link")
    linked.put("new/a", b"1")
    assert store.get("new/a") == b"1"
    assert listed(linked, "new/") == ["new/a"]


def test_a_folder_that_is_a_link_holds_no_objects(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x").write_bytes(b"foreign")
    (store.root / "linked").symlink_to(tmp_path / "elsewhere")
    assert listed(store, "linked") == []
    assert store.stat("linked/x") is None
    with pytest.raises(Missing):
        store.get("linked/x")
    with pytest.raises(BadInput) as caught:
        store.put("linked/y", b"")
    assert str(caught.value) == f"{store.root}/linked: a part of this name is a file already"
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["x"]


def test_a_link_under_an_objects_name_is_replaced_not_followed(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"foreign")
    (store.root / "linked").symlink_to(tmp_path / "target")
    store.put("linked", b"own", if_generation=0)
    assert (store.get("linked"), (tmp_path / "target").read_bytes()) == (b"own", b"foreign")


def test_names_that_no_store_has_are_passed_over(store: FileStore) -> None:
    (store.root / "line\nbreak").write_bytes(b"")
    (store.root / os.fsdecode(b"\xff")).write_bytes(b"")
    assert listed(store) == sorted(name for name in NAMES if name != "a")


def test_a_crc32c_that_nobody_kept_is_computed_once(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    (store.root / "copied").write_bytes(b"hello")
    first = store.stat("copied")
    monkeypatch.setattr(checksum, "of", lambda file: 0)
    assert store.stat("copied") == first


def test_of_many_the_good_ones_before_a_bad_name_leave_nothing_half(store: FileStore) -> None:
    with pytest.raises(BadInput):
        store.put_many([("x/1", b"1"), ("../x", b"2"), ("x/3", b"3")])
    assert listed(store, "x/") == []
    assert [path.name for path in (store.root / ".ferry").iterdir()] == ["lock"]
