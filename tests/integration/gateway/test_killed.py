"""A gateway that is killed in the middle of anything: nothing half visible, nothing lost that was answered."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.gateway.server import Gateway
from trainferry.errors import Changed
from trainferry.store import door
from trainferry.store.http import HttpStore


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries come fast enough to meet a gateway that lives for a moment."""
    monkeypatch.setattr(door, "_LAST_DELAY", 0.1)


SMALL, LARGE = 200_000, 12 << 20


def content(name: str, size: int) -> bytes:
    return (name.encode() * (size // len(name) + 1))[:size]


def small(store: HttpStore, number: int) -> list[str]:
    name = f"small/{number}"
    store.put(name, content(name, SMALL))
    return [name]


def large(store: HttpStore, number: int) -> list[str]:
    name = f"large/{number}"
    store.put(name, content(name, LARGE))
    return [name]


def many(store: HttpStore, number: int) -> list[str]:
    names = [f"many/{number}/{one}" for one in range(20)]
    store.put_many((name, content(name, 3000)) for name in names)
    return names


def composed(store: HttpStore, number: int) -> list[str]:
    names = [f"parts/{number}/{one}" for one in range(4)]
    for name in names:
        store.put(name, content(name, SMALL))
    store.compose(f"composed/{number}", names)
    return [*names, f"composed/{number}"]


def expected(name: str) -> bytes:
    kind, _, number = name.partition("/")
    if kind == "composed":
        return b"".join(content(f"parts/{number}/{one}", SMALL) for one in range(4))
    return content(name, {"small": SMALL, "parts": SMALL, "large": LARGE, "many": 3000}[kind])


def killed(running: Gateway, times: int, seed: int) -> None:
    """Four writers, and a gateway that goes down under them."""
    dice, store, over = random.Random(seed), running.store(patience=3600), threading.Event()
    answered: list[str] = []

    def write(kind: int) -> None:
        number = 0
        while not over.is_set():
            answered.extend((small, large, many, composed)[kind](store, number))
            number = (number + 1) % 6  # the same names again: what is looked through after a kill stays small

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, kind) for kind in range(4)]
        try:
            for _ in range(times):
                time.sleep(dice.uniform(0.02, 0.5))
                running.kill()
                assert_whole(running.folder)
                running.start()
        finally:
            over.set()
        for writer in writers:
            writer.result()
    print(f"gateway killed {times} times: {len(answered)} objects written, all whole")
    assert set(answered) <= {info.name for info in store.list("")}
    for info in store.list(""):
        assert b"".join(store.read(info.name)) == expected(info.name), info.name


def assert_whole(folder: Path) -> None:
    """Right after the kill: all that has a name is all there."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".ferry/"):
            assert path.read_bytes() == expected(name), name


def test_killed_while_four_write(own: Gateway) -> None:
    killed(own, times=4, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_killed_a_hundred_times_while_four_write(own: Gateway) -> None:
    killed(own, times=100, seed=2)


def test_a_swap_whose_answer_was_lost_happened_once_or_not_at_all(own: Gateway) -> None:
    """A counter that grows by compare-and-swap never counts one step twice, whatever was answered."""
    store = own.store(patience=120)
    store.put("counter", b"0")
    over = threading.Event()

    def count() -> int:
        seen = 0
        while not over.is_set():
            info = store.stat("counter")
            assert info is not None
            value = int(store.get("counter"))
            assert value >= seen
            seen = value + 1
            with suppress(Changed):
                store.put("counter", b"%d" % seen, if_generation=info.generation)
        return seen

    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(count)
        for _ in range(3):
            time.sleep(0.15)
            own.kill()
            own.start()
        over.set()
        assert counted.result() in (int(store.get("counter")), int(store.get("counter")) + 1)


def test_sigterm_lets_requests_under_way_end(own: Gateway) -> None:
    store = own.store(timeout=10, patience=0.1)
    with ThreadPoolExecutor(8) as pool:
        store.put("a", bytes(30 << 20))
        reads = [pool.submit(lambda: len(b"".join(store.read("a")))) for _ in range(2)]
        time.sleep(0.005)
        own.stop()
        ended = [read.exception() or read.result() for read in reads]
    assert all(one == 30 << 20 or "Connection refused" in str(one) or "no answer" in str(one) for one in ended)
    assert "Traceback" not in own.output
