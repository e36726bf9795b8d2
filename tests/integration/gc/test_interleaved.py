"""A collection and somebody who publishes, at every pair of moments: whoever comes first, nothing named is missing."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.data.trees import tree
from tests.integration.gc.conftest import ferry
from tests.integration.gc.turns import ALL, Turns
from trainferry.data import catalog
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.errors import Changed
from trainferry.runs import layout, lease, record
from trainferry.runs.manifest import StoredFile
from trainferry.runs.record import Record
from trainferry.sdk.engine import Plan
from trainferry.sdk.prepare import Prepared
from trainferry.share import create
from trainferry.share.choice import Chosen
from trainferry.share.record import ShareRecord, fresh_id
from trainferry.ship import snapshot
from trainferry.spec.runspec import RunSpec
from trainferry.store import Store, open_store

NOW = 1e-6  # seconds: all that is there is old enough to be garbage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cats").mkdir()
    for name in ("one", "two"):
        (tmp_path / "cats" / name).write_text(name)
    return tmp_path / "cats"


def orphans(store: Store, folder: Path) -> None:
    """Shards without a version: what the next push counts on, and a collection takes."""
    version = push(store, folder, "cats").version
    store.delete(layout.dataset_index("cats", version))


def two_versions(store: Store, folder: Path) -> None:
    """The newest, whose shards the next push uses again, and which is about to be removed."""
    push(store, folder, "cats")
    (folder / "three").write_text("three")


def collect(store: Any) -> None:
    project = ferry(store)
    project.collect(project.garbage(older_than=NOW), older_than=NOW)


def remove(store: Any) -> None:
    known = catalog.versions(store, "cats")
    catalog.remove(store, "cats", known[0] if known else "")


Prepare, Other = Callable[[Store, Path], None], Callable[[Any], None]
SCENES: dict[str, tuple[Prepare, Other]] = {"gc": (orphans, collect), "rm": (two_versions, remove)}


def plans(mine: int, theirs: int) -> Iterator[tuple[tuple[str, int], ...]]:
    """The one goes so far, then the other so far, then the first to its end; and the other way round."""
    for one in range(mine + 1):
        for other in range(theirs + 1):
            yield ("push", one), ("other", other), ("push", ALL), ("other", ALL)
            yield ("other", other), ("push", one), ("other", ALL), ("push", ALL)


def both(store: Store, folder: Path, scene: str, monkeypatch: pytest.MonkeyPatch, *plan: tuple[str, int]) -> Turns:
    """Prepare the scene, let both go as planned, and look whether the version that was pushed is whole."""
    prepare, other = SCENES[scene]
    (folder / "three").unlink(missing_ok=True)
    for info in list(store.list("")):
        store.delete(info.name)
    prepare(store, folder)
    turns, pushed = Turns(*plan), list[str]()
    monkeypatch.setattr(lease, "pause", turns.wait)
    turns.run(
        push=lambda: pushed.append(push(turns.store(store, "push"), folder, "cats").version),
        other=lambda: other(turns.store(store, "other")),
    )
    target = folder.parent / "out"
    pull(store, "cats", pushed[0], target)
    assert tree(target) == tree(folder), plan
    for path in target.iterdir():
        path.unlink()
    return turns


@pytest.mark.parametrize("scene", SCENES)
def test_a_push_at_the_same_time_loses_nothing(
    store: Store, folder: Path, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = both(store, folder, scene, monkeypatch).asked
    every = list(plans(asked["push"] + 1, asked["other"] + 1))
    for plan in random.Random(8).sample(every, min(25, len(every))):
        both(store, folder, scene, monkeypatch, *plan)


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_a_push_at_the_same_time_loses_nothing_whatever_the_order(
    store: Store, folder: Path, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = both(store, folder, scene, monkeypatch).asked
    for plan in plans(asked["push"] + 1, asked["other"] + 1):
        both(store, folder, scene, monkeypatch, *plan)


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/train.py").write_text("print(1)")
    code = snapshot.take(tmp_path / "project")
    spec = RunSpec("base", ("true",), (tmp_path / "store").as_uri(), code=code.digest)
    asked = Record(spec.full_name, spec.to_dict(), engine="local", namespace="default", when=1.0)
    return Prepared(Plan(spec), code, asked)


@pytest.mark.parametrize("known", [False, True])
def test_a_run_sent_at_the_same_time_has_its_code(
    tmp_path: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """The code was sent long ago, and so was, in the second case, the run: it never began."""
    assert prepared.code is not None
    store = open_store((tmp_path / "store").as_uri())
    code, run = layout.snapshot(prepared.code.digest), layout.record(prepared.plan.spec.full_name)

    def both(*plan: tuple[str, int]) -> Turns:
        for info in list(store.list("")):
            store.delete(info.name)
        snapshot.upload(store, prepared.code)  # type: ignore[arg-type]
        if known:
            record.write(store, prepared.record)
        for info in list(store.list("")):
            os.utime(tmp_path / "store" / info.name, (1e9, 1e9))
        turns = Turns(*plan)
        monkeypatch.setattr(lease, "pause", turns.wait)
        sender, collector = ferry(turns.store(store, "push")), ferry(turns.store(store, "other"))
        turns.run(
            push=lambda: sender._upload(prepared),
            other=lambda: collector.collect(collector.garbage(), older_than=3600),
        )
        assert store.stat(code), plan
        assert store.stat(run), plan
        return turns

    asked = both().asked
    every = list(plans(asked["push"] + 1, asked["other"] + 1))
    for plan in random.Random(8).sample(every, min(150, len(every))):
        both(*plan)


def test_a_share_made_at_the_same_time_has_all_its_copies(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or there is none, and it says so."""
    data = b"weights"
    crc = store.put("original", data).crc32c
    chosen = [Chosen(f"{name}.safetensors", StoredFile(["original"], len(data), crc, 1)) for name in "ab"]

    def make(store: Store, one: str) -> bool:
        files = create.copies(store, one, chosen)
        with suppress(Changed):
            create.publish(store, ShareRecord(one, "", "base-1", files, 1.0, 1 << 33))
            return True
        return False

    def both(*plan: tuple[str, int]) -> Turns:
        turns, one, made = Turns(*plan), fresh_id(), list[bool]()
        monkeypatch.setattr(lease, "pause", turns.wait)
        turns.run(
            push=lambda: made.append(make(turns.store(store, "push"), one)),
            other=lambda: collect(turns.store(store, "other")),
        )
        names = {info.name for info in store.list(f"shares/{one}/")}
        whole = {layout.share_record(one), layout.share_file(one, 0), layout.share_file(one, 1)}
        assert names == (whole if made[0] else set()), plan
        return turns

    asked = both().asked
    every = list(plans(asked["push"] + 1, asked["other"] + 1))
    for plan in random.Random(8).sample(every, min(25, len(every))):
        both(*plan)
