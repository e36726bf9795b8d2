"""The runs that a run was made from, and what was said anew each time."""

from pathlib import Path
from typing import Any

from trainferry.runs import record
from trainferry.runs.record import PARENT, Record
from trainferry.sdk.ancestry import MOST, lineage, origins
from trainferry.spec.runspec import Resources, RunSpec
from trainferry.store import Store
from trainferry.store.file import FileStore


def kept(store: Store, run: str, parent: str = "", **spec: Any) -> Record:
    """A run in the store, its command `python t.py` unless spec says another."""
    made = RunSpec("base", ("python", "t.py"), "file:///s").but(**spec)
    told = Record(run, made.to_dict(), lineage={PARENT: parent} if parent else {})
    record.write(store, told)
    return told


def test_every_generation_says_what_changed(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    kept(store, "base-1")
    kept(
        store, "base-2", "base-1", command=("python", "t.py", "--lr", "0.1"), resources=Resources(gpu=2, gpu_type="l4")
    )
    last = kept(
        store, "base-cat3-3", "base-2",
        command=("python", "t.py", "--lr", "0.1"), class_weights=(("cat", 3.0),), class_weights_mode="adaptive",
    )  # fmt: skip
    assert lineage(store, last) == [
        {"from": "base-2", "changed": ["class weights cat 3 (adaptive)", "gpu none, was 2", "gpu type none, was l4"]},
        {"from": "base-1", "changed": ["--lr 0.1", "gpu 2, was none", "gpu type l4, was none"]},
    ]
    assert origins(store, ["base-1", "base-2", "base-cat3-3", "gone"]) == {"base-2": "base-1", "base-cat3-3": "base-2"}


def test_of_a_parent_that_was_purged_only_the_name_is_known(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert lineage(store, kept(store, "base-2", "base-1")) == [{"from": "base-1"}]


def test_a_run_of_its_own_has_none(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert lineage(store, kept(store, "base-1")) == []
    assert lineage(store, None) == []


def test_a_circle_that_somebody_wrote_ends(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert len(lineage(store, kept(store, "base-1", "base-1"))) == MOST
