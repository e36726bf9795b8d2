"""What is garbage and what is not, in a store with some of everything."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.data.trees import tree
from tests.integration.gc.conftest import ferry
from trainferry.data import catalog
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.runs import layout, manifest, record
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile, Verdict
from trainferry.runs.phases import FAILED, RUNNING, RunRow
from trainferry.runs.record import Record
from trainferry.sdk.cleaning import Collected
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store import Store, open_store

OVER = Verdict(0, 0, "command")
CODES = {name: letter * 64 for name, letter in {"used": "a", "unused": "b", "dead": "c"}.items()}


def dataset(store: Store, folder: Path) -> None:
    """Two versions, a lost shard, parts of another, and a dataset of which only a shard is left."""
    folder.mkdir()
    for text in ("one", "two"):
        (folder / "file").write_text(text)
        push(store, folder, "cats")
    store.put(layout.dataset_shard("cats", "0" * 64), b"lost")
    store.put(f"{layout.dataset_shard('cats', '1' * 64)}.parts/0-000000", b"part")
    store.put(layout.dataset_shard("dogs", "2" * 64), b"interrupted")
    store.put("cp.parts/upload-1/000000-abc", b"part")


def run(store: Store, name: str, code: str, told: OutputManifest | None, engine: str = "local") -> None:
    spec = {"name": name, "code": CODES[code]}
    record.write(store, Record(name, spec, engine=engine, namespace="default", when=1.0))
    if told:
        for file in [*told.files.values(), *(one.log for one in told.attempts if one.log)]:
            for item in file.objects:
                store.put(item, b"x")
        manifest.save(store, told, 0)


def runs(store: Store) -> None:
    """One that is complete, with leftovers; one that trains; some that came to nothing."""
    for code in CODES.values():
        store.put(layout.snapshot(code), b"code")
    log = StoredFile([layout.log("done-1", 1)], 1, 1, 1)
    kept = StoredFile([layout.output("done-1", 1, "model.pt")], 1, 1, 1)
    run(store, "done-1", "used", OutputManifest("done-1", {"model.pt": kept}, [Attempt(1, "", 0.0, "", log, OVER)]))
    for loose in (layout.output("done-1", 1, "old.pt", "abc"), f"{layout.log('done-1', 1)}.parts/000000000000"):
        store.put(loose, b"old")
    store.put(layout.verdict("done-1", 1), b"{}")
    store.put("runs/done-1/report.html", b"nobody knows it, it stays")
    run(store, "trains-1", "used", OutputManifest("trains-1", {}, [Attempt(1, "", 0.0)]))
    store.put(layout.output("trains-1", 1, "being-published.pt"), b"new")
    run(store, "silent-1", "used", OutputManifest("silent-1", {}, [Attempt(1, "", 0.0, verdict=OVER)]))
    run(store, "never-1", "dead", None)
    run(store, "queued-1", "used", None)
    run(store, "elsewhere-1", "used", None, engine="kubernetes")


def shares(store: Store) -> None:
    """One that lives, one that has expired, one that was taken back by half."""
    for share, expires in {"aaaaaaaaaa": time.time() + 9e5, "bbbbbbbbbb": time.time() - 9e5}.items():
        copy = store.put(layout.share_file(share, 0), b"copy")
        files = (SharedFile("model.pt", 0, copy.size, copy.crc32c, "", "x/y"),)
        store.put(layout.share_record(share), ShareRecord(share, "", "", files, 0.0, int(expires)).dumps())
    store.put(layout.share_file("aaaaaaaaaa", 0) + ".0", b"part of a copy")
    store.put(layout.share_file("cccccccccc", 0), b"copy")


ROWS = (RunRow("queued-1", RUNNING), RunRow("trains-1", RUNNING), RunRow("done-1", FAILED))
EXPECTED = {
    ("shards", "cats"): 2,
    ("shards", "dogs"): 1,
    ("parts", "cp.parts/upload-1"): 1,
    ("share", "aaaaaaaaaa"): 1,
    ("share", "bbbbbbbbbb"): 2,
    ("share", "cccccccccc"): 1,
    ("code", CODES["unused"][:12]): 1,
    ("output", "done-1"): 2,
    ("run", "never-1"): 1,
    ("run", "silent-1"): 2,
}


@pytest.fixture
def full(store: Store, tmp_path: Path) -> Store:
    dataset(store, tmp_path / "cats")
    runs(store)
    shares(store)
    return store


def names(store: Store) -> set[str]:
    return {info.name for info in store.list("") if not info.name.startswith("gc/")}


def test_what_nothing_names_is_found_and_goes_and_all_else_stays(full: Store, tmp_path: Path) -> None:
    project = ferry(full, *ROWS)
    before = names(full)
    assert project.garbage(older_than=3600) == []
    time.sleep(0.02)
    found = project.garbage(older_than=0.01)
    assert {(one.kind, one.name): len(one.objects) for one in found} == EXPECTED
    assert names(full) == before
    gone = project.collect(found, older_than=0.01)
    doomed = {info.name for one in found for info in one.objects}
    assert gone == Collected(len(doomed), sum(one.size for one in found), 0, 0)
    assert names(full) == before - doomed
    # the code of a run that went is named by nobody now
    assert [(one.kind, one.name) for one in project.garbage(older_than=0.01)] == [("code", CODES["dead"][:12])]
    pull(full, "cats", catalog.versions(full, "cats")[0], tmp_path / "out")
    assert tree(tmp_path / "out") == {"file": (b"one", False)}


def again(store: Store) -> None:
    """Everything that was found is written once more."""
    for name in sorted(names(store)):
        store.put(name, store.get(name))


def named(store: Store) -> None:
    """Everything that was found is named now."""
    run(store, "later-1", "unused", None)


@pytest.mark.parametrize(("change", "left"), [(again, "all"), (named, "code")])
def test_what_is_something_else_by_now_stays(full: Store, change: Callable[[Store], None], left: str) -> None:
    project = ferry(full, *ROWS, RunRow("later-1", RUNNING))
    time.sleep(0.02)
    found = project.garbage(older_than=0.01)
    change(full)
    before = names(full)
    gone = project.collect(found, older_than=0.01)
    if left == "all":
        assert (gone.objects, names(full)) == (0, before)
    else:
        assert (gone.kept, layout.snapshot(CODES["unused"]) in names(full)) == (1, True)


def test_what_cannot_be_read_is_left_alone_and_said(full: Store) -> None:
    told = list[str]()
    place = layout.dataset_index("cats", catalog.versions(full, "cats")[0])
    full.put(place, b"damaged")
    full.put(layout.record("done-1"), b"{")
    full.put(layout.share_record("bbbbbbbbbb"), b"{")
    time.sleep(0.02)
    project = ferry(full, *ROWS)
    project.story = told.append
    found = {(one.kind, one.name) for one in project.garbage(older_than=0.01)}
    gone = {("shards", "cats"), ("share", "bbbbbbbbbb"), ("code", CODES["unused"][:12]), ("output", "done-1")}
    assert found == EXPECTED.keys() - gone
    assert [line.rpartition(": ")[2] for line in told] == [
        "the shards of cats are left alone",
        "no code is judged",
        "it is left alone",
        "it is left alone",
    ]


def test_a_run_whose_agent_may_be_at_work_is_left_alone_though_no_engine_knows_it(full: Store) -> None:
    """It has an attempt that has not said its last word."""
    time.sleep(0.02)
    found = {(one.kind, one.name) for one in ferry(full).garbage(older_than=0.01)}
    assert {name for kind, name in found if kind in ("run", "output")} == {"done-1", "never-1", "silent-1", "queued-1"}


def test_only_runs_of_the_own_namespace_come_to_nothing(full: Store) -> None:
    project = ferry(full, *ROWS)
    project.settings = replace(project.settings, namespace="other")
    time.sleep(0.02)
    assert [one.name for one in project.garbage(older_than=0.01) if one.kind == "run"] == []


def test_shares_at_the_top_of_a_claim_are_looked_for_there(full: Store, tmp_path: Path) -> None:
    elsewhere = open_store((tmp_path / "top").as_uri())
    shares(elsewhere)
    time.sleep(0.02)
    project = ferry(full, *ROWS, shelf=elsewhere)
    found = [one for one in project.garbage(older_than=0.01) if one.kind == "share"]
    before = names(full)
    assert project.collect(found, older_than=0.01).objects == 4
    assert names(full) == before
    assert names(elsewhere) == {layout.share_record("aaaaaaaaaa"), layout.share_file("aaaaaaaaaa", 0)}
