"""What every store does, over a folder and over a bucket."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import google_crc32c
import pytest

from trainferry.errors import BadInput, Changed, Missing
from trainferry.store import ObjectInfo, Store

SIZES = [0, 1, 1 << 20, (8 << 20) - 1, 8 << 20, (8 << 20) + 1, 40_000_001]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_got(store: Store, size: int) -> None:
    data = os.urandom(size)
    info = store.put("folder/a b.bin", data)
    assert info == ObjectInfo("folder/a b.bin", size, info.generation, google_crc32c.value(data))
    assert info.generation > 0
    assert store.stat("folder/a b.bin") == info
    assert store.get("folder/a b.bin") == data
    assert b"".join(store.read("folder/a b.bin")) == data


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_put_like_its_bytes(store: Store, size: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data := os.urandom(size))
    info = store.put_file("file", tmp_path / "file", if_generation=0)
    assert (info.size, info.crc32c) == (size, google_crc32c.value(data))
    assert b"".join(store.read("file")) == data


def test_any_unicode_is_a_name(store: Store) -> None:
    for name in ("größe/日本 語.txt", "a?b#c%2F&d=e+f", "'\"*[x]"):
        store.put(name, name.encode())
        assert store.get(name) == name.encode()
        assert [info.name for info in store.list(name)] == [name]


@pytest.mark.parametrize(("start", "length"), [(0, 3), (2, 3), (8, 2), (8, 5), (3, None), (10, None), (99, 5), (2, 0)])
def test_a_range_is_like_a_slice(store: Store, start: int, length: int | None) -> None:
    data = b"0123456789"
    store.put("digits", data)
    assert store.get("digits", start, length) == data[start:][:length]


def test_reading_goes_in_pieces_of_the_asked_size(store: Store) -> None:
    store.put("a", bytes(2500))
    assert [len(piece) for piece in store.read("a", chunk=1000)] == [1000, 1000, 500]


def test_what_is_not_there_is_missing(store: Store, tmp_path: Path) -> None:
    assert store.stat("no") is None
    for call in (
        lambda: store.get("no"),
        lambda: store.get("no", 1, 2),
        lambda: list(store.read("no")),
        lambda: store.copy("no", "b"),
        lambda: store.put_file("b", tmp_path / "no"),
    ):
        with pytest.raises(Missing):
            call()
    store.delete("no")
    assert list(store.list("")) == []


def test_the_missing_object_is_named(store: Store) -> None:
    with pytest.raises(Missing) as caught:
        store.get("no")
    assert str(caught.value) in (f"no object no in {store.url}", f"no object {store.url}/no")


def test_a_list_is_by_name_and_of_the_prefix_only(store: Store) -> None:
    names = ["runs/a/log", "runs/a-b", "runs/a/output/1", "runs/ab", "runs0", "other"]
    infos = {name: store.put(name, name.encode()) for name in names}
    assert list(store.list("runs/a")) == [infos[name] for name in sorted(names) if name.startswith("runs/a")]
    assert list(store.list("runs/a/")) == [infos["runs/a/log"], infos["runs/a/output/1"]]
    assert [info.name for info in store.list("")] == sorted(names)
    assert list(store.list("nothing/")) == []


def test_create_only_if_absent(store: Store) -> None:
    store.put("a", b"1", if_generation=0)
    with pytest.raises(Changed):
        store.put("a", b"2", if_generation=0)
    assert store.get("a") == b"1"


def test_only_the_generation_seen_is_replaced(store: Store) -> None:
    first = store.put("a", b"1").generation
    second = store.put("a", b"2", if_generation=first).generation
    assert second > first
    for write in (lambda: store.put("a", b"3", if_generation=first), lambda: store.delete("a", if_generation=first)):
        with pytest.raises(Changed) as caught:
            write()
        assert str(caught.value) == f"{store.url}/a was changed by somebody else"
    assert store.get("a") == b"2"
    store.delete("a", if_generation=second)
    assert store.stat("a") is None


def test_a_large_upload_has_the_same_conditions(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(20 << 20))
    store.put("a", b"1")
    with pytest.raises(Changed):
        store.put_file("a", tmp_path / "file", if_generation=0)
    assert store.get("a") == b"1"


def test_of_sixteen_that_swap_at_once_one_wins(store: Store) -> None:
    generation = store.put("a", b"0").generation

    def swap(number: int) -> bool:
        try:
            store.put("a", b"%d" % number, if_generation=generation)
        except Changed:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = [number for number, one in enumerate(pool.map(swap, range(16))) if one]
    assert store.get("a") == b"%d" % won[0]
    assert len(won) == 1


def test_generations_grow_over_all_objects(store: Store) -> None:
    generations = [store.put(name, b"").generation for name in ("b", "a", "b", "c")]
    assert generations == sorted(generations)


def test_compose_joins_and_leaves_the_parts(store: Store) -> None:
    parts = [f"parts/{number:02}" for number in range(32)]
    for part in parts:
        store.put(part, part.encode())
    whole = "".join(parts).encode()
    info = store.compose("whole", parts, if_generation=0)
    assert (info.size, info.crc32c) == (len(whole), google_crc32c.value(whole))
    assert store.get("whole") == whole
    assert [one.name for one in store.list("parts/")] == parts
    with pytest.raises(Changed):
        store.compose("whole", parts[:1], if_generation=0)


def test_an_object_grows_by_composing_it_with_itself(store: Store) -> None:
    store.put("log", b"one ")
    store.put("more", b"two")
    store.compose("log", ["log", "more"])
    assert store.get("log") == b"one two"


@pytest.mark.parametrize("count", [0, 33])
def test_compose_takes_1_to_32_parts(store: Store, count: int) -> None:
    with pytest.raises(BadInput, match=f"compose whole: 1 to 32 parts, not {count}"):
        store.compose("whole", ["a"] * count)


def test_a_copy_is_its_own_object(store: Store) -> None:
    store.put("a", b"1")
    store.copy("a", "folder/b")
    store.put("a", b"2")
    assert store.get("folder/b") == b"1"


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../../b", "a//b", "a\nb"])
def test_no_name_leads_outside(store: Store, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for call in (
        lambda: store.stat(name),
        lambda: store.get(name),
        lambda: list(store.read(name)),
        lambda: store.put(name, b""),
        lambda: store.put_file(name, tmp_path / "file"),
        lambda: store.compose(name, ["a"]),
        lambda: store.compose("a", [name]),
        lambda: store.copy(name, "a"),
        lambda: store.copy("a", name),
        lambda: store.delete(name),
    ):
        with pytest.raises((BadInput, Missing)):
            call()
    assert list(store.list("")) == []


def test_threads_share_a_store(store: Store) -> None:
    names = [f"many/{number:03}" for number in range(100)]
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda name: store.put(name, name.encode()), names))
        assert list(pool.map(store.get, names)) == [name.encode() for name in names]
    assert [info.name for info in store.list("many/")] == names


def test_many_small_objects_go_together_and_come_in_order(store: Store) -> None:
    items = [(f"many/größe {number} {'x' * (number % 150)}", os.urandom(number * 7 % 5000)) for number in range(700)]
    infos = store.put_many(iter(items))
    assert [(info.name, info.size, info.crc32c) for info in infos] == [
        (name, len(data), google_crc32c.value(data)) for name, data in items
    ]
    assert list(store.list("many/")) == sorted(infos, key=lambda info: info.name)
    assert list(store.get_many([name for name, _ in reversed(items)])) == items[::-1]


def test_the_first_of_many_that_is_not_there_is_missing(store: Store) -> None:
    store.put_many([("a", b"1"), ("b", b"2")])
    got = store.get_many(["a", "no", "b"])
    assert next(got) == ("a", b"1")
    with pytest.raises(Missing, match=r"no object .*no"):
        next(got)


def test_of_many_with_a_bad_name_none_leads_outside(store: Store) -> None:
    for call in (lambda: store.put_many([("../a", b"")]), lambda: list(store.get_many(["../a"]))):
        with pytest.raises(BadInput):
            call()
