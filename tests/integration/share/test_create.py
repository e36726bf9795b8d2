"""A share holds verified copies of what was chosen, made by the store itself, and there is all of it or nothing."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.share.conftest import ODD, RUN, Shelf, stock
from tests.integration.share.made import share
from trainferry.errors import BadInput, Changed, Corrupt, Missing
from trainferry.runs import layout, manifest
from trainferry.share import choice, create, fetch, record, revoke
from trainferry.share.record import ShareRecord
from trainferry.store import Store, open_store

EVERYTHING = ["best", "metrics.jsonl", "notes", "checkpoints/last.pt"]


@pytest.fixture(params=["file", "gs"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "file":
        return stock(open_store((tmp_path / "store").as_uri()))
    return stock(open_store(f"gs://{request.getfixturevalue('bucket')}/team"))


def left(store: Store) -> list[str]:
    return [info.name for info in store.list("shares/")]


def test_every_copy_has_the_bytes_the_crc32c_and_the_sha256_of_its_file(shelf: Shelf) -> None:
    made = share(shelf.store, EVERYTHING)
    assert record.read(shelf.store, made.id) == made
    assert {file.path for file in made.files} == set(shelf.files)
    for file in made.files:
        data = shelf.store.get(layout.share_file(made.id, file.number))
        assert data == shelf.files[file.path]
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    copies = sorted(layout.share_file(made.id, number) for number in range(len(made.files)))
    assert left(shelf.store) == [*copies, layout.share_record(made.id)]  # nothing of the rounds of composing is left


def test_what_a_run_writes_later_changes_nothing_in_a_share(shelf: Shelf) -> None:
    made = share(shelf.store)
    for info in list(shelf.store.list("runs/")):
        shelf.store.delete(info.name)
    assert shelf.store.get(layout.share_file(made.id, 0)) == shelf.files["checkpoints/best.safetensors"]


def test_best_brings_what_tells_about_it_and_is_what_the_share_is_about(shelf: Shelf) -> None:
    made = share(shelf.store, ["best"])
    assert [(file.path, file.about) for file in made.files] == [
        ("checkpoints/best.safetensors", False),
        ("checkpoints/best.json", True),
        ("checkpoints/README.md", True),
    ]
    assert made.main == made.files[0]


def test_a_copy_that_is_not_what_the_manifest_says_leaves_nothing(shelf: Shelf) -> None:
    found, generation = manifest.load(shelf.store, RUN)
    found.files["metrics.jsonl"].crc32c ^= 1
    manifest.save(shelf.store, found, generation)
    with pytest.raises(Corrupt, match=r"metrics\.jsonl: the copy has"):
        share(shelf.store, ["best", "metrics.jsonl"])
    assert left(shelf.store) == []


def test_a_file_that_goes_while_it_is_copied_leaves_nothing(shelf: Shelf) -> None:
    shelf.store.delete(manifest.load(shelf.store, RUN)[0].files["checkpoints/best.json"].objects[0])
    with pytest.raises(Missing):
        share(shelf.store, ["best"])
    assert left(shelf.store) == []


def test_a_share_whose_copies_a_garbage_collection_took_does_not_come_about(shelf: Shelf) -> None:
    chosen = choice.choose(shelf.store, RUN, ["notes"])
    files = create.copies(shelf.store, "a" * 10, chosen.files)
    shelf.store.put(layout.gc_lease(), b"")  # a collection has ended
    shelf.store.delete(layout.share_file("a" * 10, 1))
    with pytest.raises(Changed, match="garbage collection"):
        create.publish(shelf.store, ShareRecord("a" * 10, "x", RUN, files, 0.0, 2**31))
    assert left(shelf.store) == []


def test_a_share_that_is_taken_back_is_gone_and_once_more_is_an_error(shelf: Shelf) -> None:
    kept, gone = share(shelf.store), share(shelf.store, EVERYTHING)
    revoke.revoke(shelf.store, gone.id)
    assert record.everything(shelf.store) == [kept]
    assert not [name for name in left(shelf.store) if gone.id in name]
    with pytest.raises(Missing, match=f"no share {gone.id}"):
        revoke.revoke(shelf.store, gone.id)


def test_a_share_that_was_taken_back_by_half_is_finished(shelf: Shelf) -> None:
    made = share(shelf.store)
    shelf.store.delete(layout.share_record(made.id))
    revoke.revoke(shelf.store, made.id)
    assert left(shelf.store) == []


def test_a_pickle_is_shared_only_when_that_is_asked_for(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match=r"checkpoints/last\.pt: it is a pickle") as refused:
        choice.choose(shelf.store, RUN, ["checkpoints/last.pt"])
    assert refused.value.hint.startswith(f"ferry share {RUN}:checkpoints/best.safetensors")
    (chosen,) = choice.choose(shelf.store, RUN, ["checkpoints/last.pt"], allow_pickle=True).files[:1]
    assert chosen.pickle


def test_a_folder_leaves_its_pickles_out_and_says_so(shelf: Shelf) -> None:
    chosen = choice.choose(shelf.store, RUN, ["checkpoints"])
    assert chosen.left_out == ("checkpoints/last.pt",)
    assert "checkpoints/last.pt" not in [one.path for one in chosen.files]


def test_a_share_arrives_verified_below_what_its_paths_begin_with(shelf: Shelf, tmp_path: Path) -> None:
    made = share(shelf.store, ["best"])
    (tmp_path / "here").mkdir()
    done = list(fetch.fetch(made, lambda file: _read(shelf.store, made, file.number), str(tmp_path / "here")))
    assert [one.target.name for one in done] == ["best.safetensors", "best.json", "README.md"]
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["README.md", "best.json", "best.safetensors"]
    assert (tmp_path / "here/best.safetensors").read_bytes() == shelf.files["checkpoints/best.safetensors"]
    (alone,) = fetch.fetch(made, lambda file: _read(shelf.store, made, file.number), str(tmp_path / "mine.safetensors"))
    assert alone.target.read_bytes() == shelf.files["checkpoints/best.safetensors"]


def test_bytes_that_are_not_the_shared_ones_get_no_name_and_leave_what_was_there(shelf: Shelf, tmp_path: Path) -> None:
    made = share(shelf.store, [f"notes/{ODD}"])
    target = tmp_path / "odd.txt"
    target.write_bytes(b"before")
    for wrong in (b"oDd", b"od", b"odder", b""):
        with pytest.raises(Corrupt):
            list(fetch.fetch(made, lambda file, wrong=wrong: iter([wrong]), str(target)))
    assert [path.name for path in tmp_path.iterdir() if path.name != "store"] == ["odd.txt"]
    assert target.read_bytes() == b"before"


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a//b", "", ".", "a\0b"])
def test_a_record_cannot_name_a_place_outside_the_folder(shelf: Shelf, tmp_path: Path, path: str) -> None:
    made = share(shelf.store, ["metrics.jsonl"])
    hostile = ShareRecord.loads(made.dumps().replace(b'"metrics.jsonl"', json.dumps(path).encode()))
    (tmp_path / "in").mkdir()
    with pytest.raises(Corrupt, match="which is none"):
        list(fetch.fetch(hostile, lambda file: iter([]), str(tmp_path / "in")))
    assert list((tmp_path / "in").iterdir()) == []


def _read(store: Store, made: ShareRecord, number: int) -> Iterator[bytes]:
    return store.read(layout.share_file(made.id, number))
