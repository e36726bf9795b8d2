"""Twenty who publish at once: no chunk is lost or torn."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.gateway.server import Gateway
from trainferry.errors import Changed
from trainferry.store.http import HttpStore

CROWD = 20


def publish(store: HttpStore, who: int, rounds: int) -> bytes:
    """As an agent does: immutable chunks, composed now and then, and one manifest that all swap. Returns the log."""
    dice, log = random.Random(who), b""
    base = f"runs/{who}"
    chunks: list[str] = []
    for number in range(rounds):
        chunk = f"{who}:{number}:".encode() * dice.randrange(1, 5000)
        name = f"{base}/log.parts/{number:04}"
        store.put(name, chunk, if_generation=0)
        log += chunk
        chunks.append(name)
        if len(chunks) == 8:
            whole = f"{base}/log.parts/{number:04}+"
            store.compose(whole, chunks, if_generation=0)
            chunks = [whole]
        agree(store, who, number)
    store.compose(f"{base}/log", chunks)
    return log


def agree(store: HttpStore, who: int, number: int) -> None:
    """One line in the object that everybody writes, by compare-and-swap."""
    while True:
        info = store.stat("everybody")
        lines = store.get("everybody") if info else b""
        try:
            store.put("everybody", lines + b"%d %d\n" % (who, number), if_generation=info.generation if info else 0)
            return
        except Changed:
            continue


def crowded(running: Gateway, rounds: int) -> None:
    with ThreadPoolExecutor(CROWD) as pool:
        logs = list(pool.map(lambda who: publish(running.store("team"), who, rounds), range(CROWD)))
    store = running.store("team")
    assert [store.get(f"runs/{who}/log") == log for who, log in enumerate(logs)] == [True] * CROWD
    lines = [tuple(map(int, line.split())) for line in store.get("everybody").splitlines()]
    assert sorted(lines) == [(who, number) for who in range(CROWD) for number in range(rounds)]
    for who in range(CROWD):
        assert [number for one, number in lines if one == who] == list(range(rounds))


def test_twenty_publish_at_once(own: Gateway) -> None:
    crowded(own, rounds=5)


@pytest.mark.soak
def test_twenty_publish_at_once_for_long(own: Gateway) -> None:
    crowded(own, rounds=60)
