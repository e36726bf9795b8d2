"""What stands between a client and the gateway has answers of its own: each becomes one line."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import google_crc32c
import pytest
import urllib3

from trainferry.errors import Changed, Corrupt, FerryError, Forbidden, Missing, Unreachable
from trainferry.store import packed
from trainferry.store.http import Door, HttpStore

PROXY = "/api/v1/namespaces/team-a/services/http:ferry-gateway-claim:8080/proxy"
Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(*replies: Reply) -> Iterator[tuple[HttpStore, list[str]]]:
    """A store whose requests get these replies, the last one for ever; and what was asked."""
    asked: list[str] = []

    class Between(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, body = replies[min(len(asked), len(replies) - 1)]
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Between) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with ended(server, thread), urllib3.PoolManager(retries=False) as pool:
            base = f"http://127.0.0.1:{server.server_port}{PROXY}"
            yield HttpStore("volume://claim/run", Door(base, pool, dict), "run", timeout=1, patience=1), asked


@contextmanager
def ended(server: ThreadingHTTPServer, thread: threading.Thread) -> Iterator[None]:
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def status(code: int, reason: str) -> Reply:
    body = {"kind": "Status", "code": code, "reason": reason, "message": "as the API server says it"}
    return code, {"Content-Type": "application/json"}, json.dumps(body).encode()


CALLS: list[Callable[[HttpStore], object]] = [
    lambda store: store.stat("a"),
    lambda store: store.get("a"),
    lambda store: store.get("a", 5, 5),
    lambda store: list(store.read("a")),
    lambda store: store.put("a", b""),
    lambda store: store.delete("a"),
]
ANSWERS: list[tuple[Reply, type[FerryError], str]] = [
    (
        status(403, "Forbidden"),
        Forbidden,
        "volume://claim/run/a: the right `get` on services/proxy in namespace team-a is missing"
        "   kubectl auth can-i get services/proxy -n team-a",
    ),
    (
        status(404, "NotFound"),
        Missing,
        "no gateway for volume://claim in namespace team-a   ferry init --store volume://claim",
    ),
    (
        status(401, "Unauthorized"),
        Forbidden,
        "volume://claim/run/a: the cluster does not know who you are   kubectl auth whoami",
    ),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("reply", "kind", "line"), ANSWERS)
def test_the_api_servers_answer_is_one_line(
    call: Callable[[HttpStore], object], reply: Reply, kind: type[FerryError], line: str
) -> None:
    with answering(reply) as (store, asked):
        with pytest.raises(kind) as caught:
            call(store)
        assert str(caught.value) == line
        assert len(asked) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_gateway_that_is_starting_is_asked_again(code: int) -> None:
    good = (200, {}, json.dumps(info("run/a", b"1")).encode())
    with answering(status(code, "Busy"), status(code, "Busy"), good) as (store, asked):
        assert store.put("a", b"1").size == 1
        assert len(asked) == 3


def test_a_gateway_that_does_not_come_is_one_line() -> None:
    with answering(status(503, "ServiceUnavailable")) as (store, asked):
        with pytest.raises(Unreachable) as caught:
            store.get("a")
        assert str(caught.value) == "volume://claim/run/a: the gateway does not answer (503)   ferry doctor"
        assert 2 < len(asked) < 12


def test_to_wait_longer_than_there_is_patience_is_not_waited_for() -> None:
    with answering((429, {"Retry-After": "3600"}, b"")) as (store, asked):
        with pytest.raises(Unreachable):
            store.get("a")
        assert len(asked) == 1


@pytest.mark.parametrize("call", CALLS[:5])
def test_a_page_of_somebody_else_is_no_object(call: Callable[[HttpStore], object]) -> None:
    with answering((200, {"Content-Type": "text/html"}, b"<h1>Please sign in</h1>")) as (store, _):
        with pytest.raises(Unreachable) as caught:
            call(store)
        assert str(caught.value) == "volume://claim/run/a: what answers is no gateway   ferry doctor"


def test_a_cut_body_is_asked_for_again() -> None:
    headed = {**head(b"12345"), "Content-Length": "5"}
    with answering((200, {**headed, "Connection": "close"}, b"12"), (200, headed, b"12345")) as (store, asked):
        assert store.get("a") == b"12345"
        assert len(asked) == 2


def test_damaged_bytes_are_asked_for_again() -> None:
    with answering((200, head(b"12345"), b"12X45"), (200, head(b"12345"), b"12345")) as (store, _):
        assert store.get("a") == b"12345"
    with answering((200, head(b"12345"), b"12X45")) as (store, _), pytest.raises(Corrupt) as caught:
        store.get("a")
    assert str(caught.value).startswith("volume://claim/run/a: crc32c ")


def test_an_error_that_comes_late_is_raised() -> None:
    late = {"error": "Changed", "message": "volume:/run/a was changed by somebody else", "hint": ""}
    with answering((200, {}, b"    " + json.dumps(late).encode())) as (store, _), pytest.raises(Changed) as caught:
        store.compose("a", ["b"])
    assert str(caught.value) == "volume://claim/run/a was changed by somebody else"


def test_a_tar_that_is_cut_goes_on_where_it_ended() -> None:
    first, second = packed.whole("run/a", b"1" * 600), packed.whole("run/b", b"2" * 600)
    headed = {"X-Ferry-Size": "0"}
    for cut in (0, 5, 511, 512, 700, len(first) - 1, len(first), len(first) + 100):
        whole = (200, headed, second + packed.END if cut >= 512 + 600 else first + second + packed.END)
        with answering((200, headed, (first + second)[:cut]), whole) as (store, asked):
            assert list(store.get_many(["a", "b"])) == [("a", b"1" * 600), ("b", b"2" * 600)]
            assert len(asked) == 2


def info(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "size": len(data), "generation": 1, "crc32c": "00000000", "updated": 1.0}


def head(data: bytes) -> dict[str, str]:
    crc = f"{google_crc32c.value(data):08x}"
    about = {"X-Ferry-Size": str(len(data)), "X-Ferry-Generation": "1", "X-Ferry-Crc32c": crc}
    return {**about, "X-Ferry-Updated": "1.0"}
