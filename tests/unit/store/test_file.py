"""What only a folder store does. What every store does is in tests/integration/store."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from trainferry.errors import BadInput, Corrupt
from trainferry.store import ObjectInfo, open_store
from trainferry.store.file import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def test_objects_are_plain_files_under_their_names(store: FileStore) -> None:
    store.put("runs/a/log", b"hello")
    assert (store.root / "runs/a/log").read_bytes() == b"hello"


def test_a_generation_grows_even_when_the_clock_goes_back(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.put("a", b"1").generation
    monkeypatch.setattr(time, "time_ns", lambda: 1000)
    assert store.put("a", b"2").generation == first + 1
    store.delete("a")
    assert store.put("a", b"2").generation == first + 2


def test_of_many_processes_that_swap_at_once_one_wins(store: FileStore) -> None:
    generation = store.put("a", b"0").generation
    code = (
        "import sys\nfrom trainferry.store import open_store\nfrom trainferry.errors import Changed\n"
        f"try: open_store({store.url!r}).put('a', sys.argv[1].encode(), {generation}); print('won')\n"
        "except Changed: pass"
    )
    commands = [[sys.executable, "-c", code, str(number)] for number in range(6)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    assert sorted(process.communicate()[0] for process in running) == ["", "", "", "", "", "won\n"]


def test_a_flipped_byte_is_found_by_a_whole_read(store: FileStore) -> None:
    info = store.put("a", b"hello")
    (store.root / "a").write_bytes(b"hellp")
    os.utime(store.root / "a", ns=(info.generation, info.generation))
    for read in (lambda: store.get("a"), lambda: b"".join(store.read("a"))):
        with pytest.raises(Corrupt) as caught:
            read()
        assert str(caught.value) == f"{store.url}/a: crc32c d43c4007 is not the stored {info.crc32c:08x}"


def test_a_copy_that_lost_the_checksums_still_serves(store: FileStore) -> None:
    info = store.put("a", b"hello")
    os.removexattr(store.root / "a", "user.ferry.crc32c")
    assert store.stat("a") == info
    assert store.get("a") == b"hello"


def test_unfinished_writes_are_never_listed_and_go_after_a_day(store: FileStore) -> None:
    store.put("a", b"")
    left = store.root / ".ferry/write-left"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    fresh = FileStore(store.root)
    assert [info.name for info in fresh.list("")] == ["a"]
    fresh.put("b", b"")
    assert not left.exists()


def test_a_name_below_an_object_is_one_line(store: FileStore) -> None:
    store.put("a", b"")
    with pytest.raises(BadInput) as caught:
        store.put("a/b", b"")
    assert str(caught.value) == f"{store.root}/a: a part of this name is a file already"


def test_folders_that_become_empty_go(store: FileStore) -> None:
    store.put("a/b/c", b"")
    store.put("a/d", b"")
    store.delete("a/b/c")
    assert sorted(path.name for path in store.root.rglob("*")) == [".ferry", "a", "d", "lock"]


def test_an_object_says_what_it_is(store: FileStore) -> None:
    generation = store.put("a", b"hello").generation
    assert open_store(store.url).stat("a") == ObjectInfo("a", 5, generation, 0x9A71BB4C)


def test_an_object_that_is_replaced_all_the_time_is_never_missing(tmp_path: Path) -> None:
    store, over = FileStore(tmp_path), threading.Event()
    store.put("runs/output.json", b"0")

    def replace() -> None:
        for number in range(1500):
            store.put("runs/output.json", b"%d" % number)
        over.set()

    writer = threading.Thread(target=replace)
    writer.start()
    while not over.is_set():
        assert store.get("runs/output.json").isdigit()
        assert store.stat("runs/output.json") is not None
    writer.join()
