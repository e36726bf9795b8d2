"""Ranges: the sum of them is the file, and hostile ones are not worth more than any other request."""

import os
import random
from itertools import pairwise
from pathlib import Path

import pytest

from tests.integration.gateway.raw import Answer, ask, put
from tests.integration.gateway.server import Gateway

DATA = random.Random(1).randbytes(3_000_001)


def cut(running: Gateway, header: str) -> Answer:
    return ask(running, "GET", "/v1/object?name=ranges/a", Range=header)


@pytest.fixture(autouse=True)
def stored(shared: Gateway) -> None:
    if ask(shared, "HEAD", "/v1/object?name=ranges/a").status == 404:
        put(shared, "ranges/a", DATA)


def test_the_sum_of_ranges_is_the_file(shared: Gateway) -> None:
    dice = random.Random(2)
    for _ in range(5):
        cuts = [0, *sorted(dice.sample(range(1, len(DATA)), dice.randrange(1, 30))), len(DATA)]
        parts = [cut(shared, f"bytes={first}-{end - 1}") for first, end in pairwise(cuts)]
        assert b"".join(part.body for part in parts) == DATA
        assert {part.status for part in parts} == {206}


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-", 5, len(DATA)),
        ("bytes=-7", len(DATA) - 7, len(DATA)),
        ("bytes=-99999999999", 0, len(DATA)),
        ("bytes=3000000-9999999999999999999", 3_000_000, len(DATA)),
        ("BYTES=1-2", 1, 3),
    ],
)
def test_one_range_is_answered(shared: Gateway, header: str, start: int, end: int) -> None:
    answer = cut(shared, header)
    assert (answer.status, answer.body) == (206, DATA[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert answer.headers["x-ferry-size"] == str(len(DATA))


@pytest.mark.parametrize(
    "header", ["bytes=3000001-", "bytes=9999999999999999999-", "bytes=-0", "bytes=3000001-3000002"]
)
def test_what_is_behind_the_end_is_416(shared: Gateway, header: str) -> None:
    answer = cut(shared, header)
    assert (answer.status, answer.headers["content-range"], answer.body) == (416, f"bytes */{len(DATA)}", b"")


HOSTILE = [
    "bytes=0-0,1-1",
    "bytes=" + ",".join(["0-"] * 10_000),
    "bytes=" + ",".join(f"{n}-{n + 9}" for n in range(5000)),
    "bytes=0-" + "9" * 60_000,
    "bytes=2-1",
    "bytes=-",
    "bytes=--1",
    "bytes=+1-2",
    "bytes=0x1-2",
    "bytes=1_0-20",
    "bytes=\xb2-\xb3",
    "bytes",
    "lines=1-2",
    "bytes=1-2;q=1",
    "",
]


@pytest.mark.parametrize("header", HOSTILE)
def test_a_hostile_range_is_the_whole_file_once(shared: Gateway, header: str) -> None:
    answer = cut(shared, header)
    assert (answer.status, answer.body) == (200, DATA)
    assert "content-range" not in answer.headers


def test_random_ranges_are_slices_or_the_whole_or_416(shared: Gateway) -> None:
    dice = random.Random(3)
    for _ in range(300):
        header = "".join(dice.choice("0123456789-,=b ") for _ in range(dice.randrange(12)))
        answer = cut(shared, f"bytes={header}")
        assert answer.status in (200, 206, 416)
        assert len(answer.body) == int(answer.headers["content-length"]) <= len(DATA)
        if answer.status == 206:
            first, _, rest = answer.headers["content-range"].removeprefix("bytes ").partition("-")
            assert answer.body == DATA[int(first) : int(rest.partition("/")[0]) + 1]


def test_an_older_version_is_not_gone_on_with(shared: Gateway) -> None:
    old = put(shared, "ranges/b", b"old").json["generation"]
    put(shared, "ranges/b", b"new")
    assert ask(shared, "GET", f"/v1/object?name=ranges/b&generation={old}", Range="bytes=0-1").status == 412
    answer = ask(shared, "GET", "/v1/object?name=ranges/b", Range="bytes=1-1", If_Range=f'"{old}"')
    assert (answer.status, answer.body) == (200, b"new")


def test_what_is_being_read_stays_what_it_was(shared: Gateway, tmp_path: Path) -> None:
    store = shared.store("ranges")
    first = os.urandom(40 << 20)
    store.put("growing", first)
    pieces = store.read("growing")
    head = next(pieces)
    store.put("growing", b"other")
    with pytest.raises(Exception, match=r"volume://claim/ranges/growing (was changed by somebody else|was removed)"):
        list(pieces)
    assert first.startswith(head)
