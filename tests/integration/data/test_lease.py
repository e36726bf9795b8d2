"""The lease of collectors: one at a time, a dead one is taken over, and whoever publishes waits."""

import threading

import pytest

from tests.cluster.gcs_server import GcsServer
from trainferry.errors import Changed
from trainferry.runs import layout, lease
from trainferry.store import Store, open_store


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"STALE": 1.5, "RENEWED": 0.1, "LATEST": 0.6, "PAUSE": 0.02, "MARGIN": 0.0}.items():
        monkeypatch.setattr(lease, name, seconds)


def test_without_a_collector_one_look_is_all(store: Store) -> None:
    written = store.put("index", b"")
    assert not lease.collected(store, written, 5.0, lease.silent)


def test_after_a_collection_only_those_who_began_before_its_end_look_again(store: Store) -> None:
    with lease.held(store, "me", lease.silent):
        pass
    ended = store.stat(layout.gc_lease())
    assert ended is not None
    assert ended.size == 0
    written = store.put("index", b"")
    since = written.updated - ended.updated
    assert lease.collected(store, written, since + 0.05, lease.silent)
    assert not lease.collected(store, written, since - 0.05, lease.silent)


def test_whoever_publishes_waits_for_the_end_of_a_collection(store: Store) -> None:
    told, ended = list[str](), threading.Event()
    with lease.held(store, "me", lease.silent):
        written = store.put("index", b"")
        waiting = threading.Thread(target=lambda: (lease.collected(store, written, 0.0, told.append), ended.set()))
        waiting.start()
        assert not ended.wait(1.0)
    waiting.join()
    assert told == ["a collection of garbage is under way: waiting for it to end"]


def test_a_dead_collector_is_waited_for_until_it_cannot_delete_any_more(store: Store) -> None:
    store.put(layout.gc_lease(), b"dead")
    began = lease.uptime()
    assert lease.collected(store, store.put("index", b""), 0.0, lease.silent)
    assert lease.uptime() - began > lease.STALE / 2
    with lease.held(store, "next", lease.silent):
        assert store.get(layout.gc_lease()) != b"dead"


def test_one_collector_at_a_time(store: Store) -> None:
    inside, most = list[int](), list[int]()

    def collect(number: int) -> None:
        with lease.held(store, str(number), lease.silent):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    threads = [threading.Thread(target=collect, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_a_collector_that_lost_its_lease_deletes_nothing_more(store: Store) -> None:
    def collect() -> None:
        with lease.held(store, "me", lease.silent) as taken:
            taken.check()
            store.put(layout.gc_lease(), b"another")
            taken._thread.join()
            while lease.uptime() - taken._renewed <= lease.LATEST:
                lease.pause()
            taken.check()

    with pytest.raises(Changed, match="lost its lease"):
        collect()
    assert store.get(layout.gc_lease()) == b"another"


def test_a_lease_whose_answer_was_lost_is_ours(server: GcsServer, bucket: str) -> None:
    store = open_store(f"gs://{bucket}/team")
    server.fault(scope=f"{bucket}/", kind="insert", lost=True, count=1)
    with lease.held(store, "me", lease.silent) as taken:
        taken.check()
        server.fault(scope=f"{bucket}/", kind="insert", lost=True, count=1)
    ended = store.stat(layout.gc_lease())
    assert ended is not None
    assert ended.size == 0
