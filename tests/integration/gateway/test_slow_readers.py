"""Two hundred slow downloads of a large file: memory stays bounded, one more request is answered at once."""

import hashlib
import os
import select
import socket
import time
from pathlib import Path

import pytest

from tests.integration.gateway.raw import ask
from tests.integration.gateway.server import MEMBER, Gateway

READERS, RATE = 200, 100_000  # connections, bytes a second of each
MEMORY = 200 << 20
GET = f"GET /v1/object?name=large HTTP/1.1\r\nHost: gateway\r\nX-Ferry-Token: {MEMBER}\r\n\r\n".encode()


def large(running: Gateway, size: int) -> str:
    """Its sha256. Most of it is the same block: reading counts, not writing."""
    running.folder.mkdir(exist_ok=True)
    block, seen = os.urandom(1 << 20), hashlib.sha256()
    path = running.folder / "large"
    with path.open("wb") as file:
        for number in range(size >> 20):
            file.write(piece := number.to_bytes(4, "big") + block[4:])
            seen.update(piece)
    assert ask(running, "HEAD", "/v1/object?name=large").status == 200
    return seen.hexdigest()


def slow(running: Gateway, seconds: float) -> tuple[list[socket.socket], int, list[int]]:
    """The connections after so long; the most memory seen; statuses of requests in between."""
    readers = []
    for _ in range(READERS):
        reader = socket.create_connection(("127.0.0.1", running.port), timeout=60)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        reader.sendall(GET)
        readers.append(reader)
    most, statuses, end = 0, [], time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        for reader in select.select(readers, [], [], 0)[0]:
            reader.recv(RATE // 4)
        most = max(most, running.rss())
        statuses.append(ask(running, "GET", "/v1/object?name=large", Range="bytes=-9").status)
        time.sleep(max(0.25 - (time.monotonic() - now), 0))
    return readers, most, statuses


def test_memory_is_bounded_with_200_slow_readers(own: Gateway) -> None:
    large(own, 64 << 20)
    readers, most, statuses = slow(own, seconds=3)
    for reader in readers:
        reader.close()
    print(f"200 slow readers: {most >> 20} MiB resident at most, {len(statuses)} more requests answered")
    assert most <= MEMORY
    assert set(statuses) == {206}


@pytest.mark.soak
def test_memory_is_bounded_for_a_minute_and_four_read_to_the_end(own: Gateway) -> None:
    size = 1000 << 20
    expected = large(own, size)
    readers, most, statuses = slow(own, seconds=60)
    fresh = [hashlib.sha256() for _ in range(4)]
    for seen in fresh:
        with socket.create_connection(("127.0.0.1", own.port), timeout=60) as reader:
            reader.sendall(GET)
            file = reader.makefile("rb")
            while file.readline().strip():
                pass
            left = size
            while left:
                data = file.read(min(left, 1 << 20))
                seen.update(data)
                left -= len(data)
    most = max(most, own.rss())
    for reader in readers:
        reader.close()
    print(f"200 slow readers for a minute: {most >> 20} MiB resident at most, {len(statuses)} more requests answered")
    assert [seen.hexdigest() for seen in fresh] == [expected] * 4
    assert most <= MEMORY
    assert set(statuses) == {206}


def test_who_leaves_is_not_read_for(own: Gateway, tmp_path: Path) -> None:
    """After the reader went, the gateway reads no more of the file."""
    large(own, 256 << 20)
    reader = socket.create_connection(("127.0.0.1", own.port), timeout=60)
    reader.sendall(GET)
    reader.recv(1000)
    reader.close()
    time.sleep(0.5)
    read = [int(line.split()[1]) for line in Path(f"/proc/{own.pid}/io").read_text().splitlines() if "rchar" in line]
    time.sleep(0.5)
    again = [int(line.split()[1]) for line in Path(f"/proc/{own.pid}/io").read_text().splitlines() if "rchar" in line]
    assert again == read
    assert "Traceback" not in own.output
