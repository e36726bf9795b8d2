"""Thousands of small files: few requests, bounded memory, all of them or a named one that is wrong."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import google_crc32c
import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.gateway.server import Gateway, gateway
from trainferry.data.fetching import Wanted, fetch_all
from trainferry.data.push import push
from trainferry.data.sending import Sending, send_all
from trainferry.errors import Corrupt
from trainferry.sdk.cp import sources
from trainferry.store import Store

COUNT = 3000
BODIES = [b"%04d" % number * (1 + number % 700) for number in range(COUNT)]


class Counting(BaseHTTPRequestHandler):
    """Passes everything on to a gateway and counts."""

    protocol_version = "HTTP/1.1"
    upstream, requests = 0, list[str]()

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append(f"{self.command} {self.path.partition('?')[0]}")
        connection = HTTPConnection("127.0.0.1", self.upstream)
        connection.request(self.command, self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_any

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[tuple[Store, list[str]]]:
    """A claim, and the requests that reach its gateway."""
    with gateway(tmp_path / "claim") as running, ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        Counting.upstream, Counting.requests = running.port, []
        threading.Thread(target=server.serve_forever).start()
        yield store_of(running, server.server_port), Counting.requests
        server.shutdown()


def store_of(running: Gateway, port: int) -> Store:
    from trainferry.store.http import HttpStore

    return HttpStore("volume://claim", running.door(base=f"http://127.0.0.1:{port}"))


def files(folder: Path) -> list[Sending]:
    folder.mkdir()
    for number, data in enumerate(BODIES):
        (folder / f"{number:04}").write_bytes(data)
    return [Sending(folder / f"{number:04}", f"many/{number:04}") for number in range(COUNT)]


def wanted(folder: Path, names: list[str]) -> list[Wanted]:
    folder.mkdir()
    return [
        Wanted(name, folder / f"{number:04}", len(data), google_crc32c.value(data), (name,))
        for number, (name, data) in enumerate(zip(names, BODIES, strict=True))
    ]


def round_trip(store: Store, tmp_path: Path) -> None:
    sent: list[str] = []
    send_all(store, files(tmp_path / "here"), lambda one, info: sent.append(info.name), lambda size: None)
    assert sent == [f"many/{number:04}" for number in range(COUNT)]
    done: list[str] = []
    fetch_all(store, wanted(tmp_path / "back", sent), lambda one: done.append(one.place.name), lambda size: None)
    assert [(tmp_path / "back" / name).read_bytes() for name in done] == BODIES
    assert [path.name for path in (tmp_path / "back").iterdir() if path.name.startswith(".")] == []


def test_through_a_gateway_they_travel_packed(volume: tuple[Store, list[str]], tmp_path: Path) -> None:
    store, requests = volume
    round_trip(store, tmp_path)
    assert len(requests) <= 20, requests


def test_to_and_from_a_bucket_each_is_one_request(
    server: GcsServer, bucket: str, remote: Store, tmp_path: Path
) -> None:
    server.reset_counters(bucket)
    round_trip(remote, tmp_path)
    assert server.counters(bucket)["requests"] == 2 * COUNT


def test_of_a_dataset_only_what_is_asked_for_travels(
    server: GcsServer, bucket: str, remote: Store, tmp_path: Path
) -> None:
    files(tmp_path / "data")
    (tmp_path / "data/large").write_bytes(bytes(20 << 20))
    push(remote, tmp_path / "data", "cats")
    chosen = sources.of_dataset(remote, "cats", "", "12*")
    server.reset_counters(bucket)
    (tmp_path / "out").mkdir()
    some = [
        Wanted(one.label, tmp_path / "out" / one.path, one.size, one.crc32c, extent=one.extent) for one in chosen.files
    ]
    fetch_all(remote, some, lambda one: None, lambda size: None)
    counted = server.counters(bucket)
    assert counted["requests"] == 1
    assert counted["bytes_out"] < 2 * sum(one.size + 512 + 511 for one in some)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        f"{number:04}": BODIES[number] for number in range(1200, 1300)
    }


def test_one_that_is_wrong_is_named_and_gets_no_name(remote: Store, tmp_path: Path) -> None:
    for number in range(20):
        remote.put(f"many/{number:04}", BODIES[number])
    expected = wanted(tmp_path / "back", [f"many/{number:04}" for number in range(COUNT)])[:20]
    remote.put("many/0007", b"wrong")
    with pytest.raises(Corrupt, match="many/0007: the store holds 5 bytes, not 32"):
        fetch_all(remote, expected, lambda one: None, lambda size: None)
    assert list((tmp_path / "back").iterdir()) == []
