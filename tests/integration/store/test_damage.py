"""A server that hands out other bytes than it promises is never believed."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import google_crc32c
import pytest

from trainferry.errors import Corrupt
from trainferry.store import Store, open_store

PROMISED = bytes(20 << 20)
SENT = PROMISED[:9_000_000] + b"\x01" + PROMISED[9_000_001:]
CRC = base64.b64encode(google_crc32c.value(PROMISED).to_bytes(4, "big")).decode()


class Liar(BaseHTTPRequestHandler):
    """Metadata of one thing, bytes of another."""

    def do_GET(self) -> None:
        if "alt=media" not in self.path:
            entry = {"name": "a", "size": str(len(PROMISED)), "generation": "7", "crc32c": CRC}
            return self.answer(200, json.dumps(entry).encode(), {"Content-Type": "application/json"})
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        body = SENT[int(first) : int(last) + 1] if last else SENT[int(first) :]
        return self.answer(206 if last else 200, body, {"X-Goog-Hash": f"crc32c={CRC}", "X-Goog-Generation": "7"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        yield open_store("gs://bucket", patience=1)
        server.shutdown()


@pytest.mark.parametrize("read", [lambda store: store.get("a"), lambda store: b"".join(store.read("a"))])
def test_the_wrong_bytes_are_corrupt(store: Store, read: Callable[[Store], bytes]) -> None:
    with pytest.raises(Corrupt, match=r"^gs://bucket/a: .*crc32c"):
        read(store)
