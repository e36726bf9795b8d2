"""kill -9 in the middle of a copy: nothing wrong is visible, and the same copy goes on where it was."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import google_crc32c
import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.gateway.server import gateway
from trainferry.data.copy import fetch_file
from trainferry.errors import Changed, Corrupt, Unreachable
from trainferry.store import Store, open_store

SIZE, RANGE, PART = (72 << 20) + 5, 8 << 20, 16 << 20
RATE = 60e6  # bytes a second: a copy takes more than a second
DOWN = """
import sys
from pathlib import Path
from trainferry.data.copy import fetch_file
from trainferry.store import open_store
store, moved = open_store(sys.argv[1]), 0
info = store.stat("big")
def report(size):
    global moved
    moved += size
    print(moved, flush=True)
print(0, flush=True)
fetch_file(store, ["big"], info.size, info.crc32c, Path(sys.argv[2]), report)
"""
UP = """
import sys
from pathlib import Path
from trainferry.store import open_store
print(0, flush=True)
open_store(sys.argv[1]).put_file("up", Path(sys.argv[2]))
"""


UP_VOLUME = """
import sys, urllib3
from pathlib import Path
from tests.integration.gateway.serving import MEMBER
from trainferry.store.http import Door, HttpStore
door = Door(sys.argv[1], urllib3.PoolManager(), lambda: {"X-Ferry-Token": MEMBER})
moved = 0
def report(size):
    global moved
    moved += size
    print(moved, flush=True)
HttpStore("volume://claim", door).put_file("up", Path(sys.argv[2]), moved=report)
"""


@pytest.fixture(scope="module")
def data() -> bytes:
    return random.Random(7).randbytes(SIZE)


@pytest.fixture
def big(remote: Store, data: bytes) -> int:
    return remote.put("big", data).crc32c


def killed(code: str, store: Store, path: Path, after: float, until: float = SIZE) -> None:
    """Ends with SIGKILL: when it said that so many bytes came, else after so many seconds."""
    command = [sys.executable, "-c", code, store.url, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if code is UP:
                time.sleep(after)
                break
            if int(line) >= until:
                break
        process.kill()


def settle(server: GcsServer, bucket: str) -> None:
    """Until what the killed client had sent has been dealt with."""
    before = -1
    while (now := server.counters(bucket)["bytes_in"]) != before:
        before = now
        time.sleep(0.3)


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 60))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_download_goes_on(
    seed: int, server: GcsServer, bucket: str, remote: Store, big: int, data: bytes, tmp_path: Path
) -> None:
    target, dice = tmp_path / "big.pt", random.Random(seed)
    server.fault(scope=f"{bucket}/", rate=RATE)
    stops = sorted(dice.uniform(RANGE, 0.9 * SIZE) for _ in range(1 + seed % 3))
    for stop in stops:
        killed(DOWN, remote, target, 0, stop)
        assert not target.exists()
    server.heal(f"{bucket}/")
    server.reset_counters(bucket)
    fetch_file(remote, ["big"], SIZE, big, target)
    assert target.read_bytes() == data
    assert server.counters(bucket)["bytes_out"] <= SIZE - int(stops[-1]) + RANGE
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".ferry")] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_upload_goes_on(
    seed: int, server: GcsServer, bucket: str, remote: Store, data: bytes, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(data)
    server.fault(scope=f"{bucket}/", rate=RATE)
    killed(UP, remote, tmp_path / "file", random.Random(seed).uniform(0.2, 2.5))
    server.heal(f"{bucket}/")
    settle(server, bucket)
    left = {info.name: info for info in remote.list("cp.parts/")}
    done = remote.stat("up")
    assert done is None or done.crc32c == google_crc32c.value(data)
    server.reset_counters(bucket)
    info = remote.put_file("up", tmp_path / "file")
    assert (info.size, info.crc32c) == (SIZE, google_crc32c.value(data))
    assert b"".join(remote.read("up")) == data
    sent = server.counters(bucket)["bytes_in"]
    assert sent <= SIZE - sum(min(PART, one.size) for one in left.values() if "+" not in one.name) + 100_000
    assert list(remote.list("cp.parts/")) == []


def test_a_file_that_changed_meanwhile_is_sent_anew(
    server: GcsServer, bucket: str, remote: Store, data: bytes, tmp_path: Path
) -> None:
    """Of the parts that arrived only those whose bytes are still the file's are used."""
    path, store = tmp_path / "file", open_store(remote.url, patience=1)
    path.write_bytes(data)
    server.fault(scope=f"{bucket}/", kind="insert", skip=3, status=503)
    with pytest.raises(Unreachable):
        store.put_file("up", path)
    server.heal(f"{bucket}/")
    changed = bytearray(data)
    changed[5] ^= 1
    path.write_bytes(changed)
    info = store.put_file("up", path)
    assert info.crc32c == google_crc32c.value(bytes(changed))
    assert b"".join(store.read("up")) == changed


def test_two_sources_never_mix(
    server: GcsServer, bucket: str, remote: Store, big: int, data: bytes, tmp_path: Path
) -> None:
    """What another version left in the partial file is not used."""
    target, store = tmp_path / "big.pt", open_store(remote.url, patience=1)
    server.fault(scope=f"{bucket}/", kind="download", skip=4, status=503)
    with pytest.raises(Unreachable):
        fetch_file(store, ["big"], SIZE, big, target)
    server.heal(f"{bucket}/")
    assert (tmp_path / ".ferry-big.pt.part").exists()
    other = bytes(reversed(data))
    info = store.put("big", other)
    with pytest.raises(Corrupt):
        fetch_file(store, ["big"], SIZE, big, target)
    fetch_file(store, ["big"], SIZE, info.crc32c, target)
    assert target.read_bytes() == other


def test_a_source_that_is_replaced_during_the_copy_is_noticed(
    remote: Store, big: int, data: bytes, tmp_path: Path
) -> None:
    replaced = False

    def replace(size: int) -> None:
        nonlocal replaced
        if size and not replaced:
            replaced = True
            remote.put("big", bytes(SIZE))

    with pytest.raises(Changed, match="was replaced while it was copied"):
        fetch_file(remote, ["big"], SIZE, big, tmp_path / "big.pt", replace)
    assert list(tmp_path.glob("*big*")) == list(tmp_path.glob(".ferry*")) == []


def test_damage_in_what_was_left_is_fetched_again(
    server: GcsServer, bucket: str, remote: Store, big: int, data: bytes, tmp_path: Path
) -> None:
    target, store = tmp_path / "big.pt", open_store(remote.url, patience=1)
    server.fault(scope=f"{bucket}/", kind="download", skip=5, status=503)
    with pytest.raises(Unreachable):
        fetch_file(store, ["big"], SIZE, big, target)
    server.heal(f"{bucket}/")
    with (tmp_path / ".ferry-big.pt.part").open("r+b") as file:
        file.write(b"other bytes")
    fetch_file(store, ["big"], SIZE, big, target)
    assert target.read_bytes() == data


def test_a_link_in_place_of_the_partial_file_is_not_followed(remote: Store, big: int, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / ".ferry-big.pt.part").symlink_to("precious")
    with pytest.raises(Exception, match=r"big\.pt"):
        fetch_file(remote, ["big"], SIZE, big, tmp_path / "big.pt")
    assert (tmp_path / "precious").read_text() == "mine"


def test_two_copies_to_one_place_do_not_meet(remote: Store, big: int, data: bytes, tmp_path: Path) -> None:
    command = [sys.executable, "-c", DOWN, remote.url, str(tmp_path / "big.pt")]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert (tmp_path / "big.pt").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".ferry")] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_upload_to_a_claim_goes_on(seed: int, data: bytes, tmp_path: Path) -> None:
    """Also when the gateway is killed with it."""
    (tmp_path / "file").write_bytes(data)
    with gateway(tmp_path / "claim") as running:
        store = running.store()
        command = [sys.executable, "-c", UP_VOLUME, running.url, str(tmp_path / "file")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) >= random.Random(seed).uniform(0, 0.9 * SIZE):
                    break
            process.kill()
        if seed % 2:
            running.kill()
            running.start()
        arrived = store.stat("up") is not None
        moved: list[int] = []
        info = store.put_file("up", tmp_path / "file", moved=moved.append)
        assert (info.size, info.crc32c) == (SIZE, google_crc32c.value(data))
        assert b"".join(store.read("up")) == data
        assert arrived or (sum(moved) == SIZE and moved[0] >= int(line))
        store.delete("up")
        store.put_file("up", tmp_path / "file")
        assert b"".join(store.read("up")) == data
