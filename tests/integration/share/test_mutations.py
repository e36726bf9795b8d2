"""10,000 spellings of links that were not issued: none opens anything; the issued ones do."""

import asyncio
import base64
import hashlib
import random
import socket
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.gateway.server import gateway
from tests.integration.share.asgi import Answer, ask
from tests.integration.share.conftest import Shelf
from tests.integration.share.made import demo, share
from tests.integration.share.mutations import Issued, Spelling, mutated
from tests.integration.share.serving import app
from trainferry.share.key import link_key
from trainferry.share.links import token
from trainferry.store.file import FileStore

SEED = 20261125
SECRET = b"<title>the demo nobody may see</title>"


@pytest.fixture
def issued(shelf: Shelf) -> Issued:
    assert isinstance(shelf.store, FileStore)
    key = link_key(shelf.store.root)
    first, second = share(shelf.store), share(shelf.store, ["metrics.jsonl", "notes"])
    return Issued(token(key, first), token(key, second), token(key, demo(shelf.store, SECRET, [])), first, key)


def opened(answer: Answer, shelf: Shelf) -> bool:
    """Anything but a refusal; or bytes of what was shared, under whatever status."""
    weights = shelf.files["checkpoints/best.safetensors"]
    return not 400 <= answer.status < 600 or weights[:64] in answer.body or SECRET in answer.body


def test_of_10_000_spellings_that_were_not_issued_none_opens_anything(
    shelf: Shelf, issued: Issued, tmp_path: Path
) -> None:
    served = app(tmp_path / "store")

    async def everything() -> Counter[int]:
        statuses: Counter[int] = Counter()
        for method, target in mutated(issued, 10_000, SEED):
            answer = await ask(served, target, method)
            assert not opened(answer, shelf), (method, target, answer)
            statuses[answer.status] += 1
        for target in issued.spellings():
            assert (await ask(served, target)).status == 200, target
        return statuses

    statuses = asyncio.run(everything())
    assert set(statuses) <= {401, 404, 405}
    assert statuses[404] > 8000


def test_the_same_over_real_connections(shelf: Shelf, issued: Issued, tmp_path: Path) -> None:
    _over_connections(shelf, issued, tmp_path, random.Random(SEED).sample(list(mutated(issued, 10_000, SEED + 1)), 400))


@pytest.mark.soak
def test_all_of_them_over_real_connections(shelf: Shelf, issued: Issued, tmp_path: Path) -> None:
    _over_connections(shelf, issued, tmp_path, list(mutated(issued, 10_000, SEED + 1)))


def test_what_is_refused_looks_the_same_whatever_the_reason(shelf: Shelf, issued: Issued, tmp_path: Path) -> None:
    assert isinstance(shelf.store, FileStore)
    served, key = app(tmp_path / "store"), link_key(tmp_path / "store")
    expired, gone = share(shelf.store, seconds=-1), share(shelf.store)
    shelf.store.delete(f"shares/{gone.id}/record.json")
    made_out = share(shelf.store, to=("bob",))
    targets = [f"/s/{token(key, one)}" for one in (expired, gone, made_out)] + ["/s/x", f"/s/{issued.share}x", "/d/x"]
    for headers in ({}, {"accept": "text/html"}):
        answers = [asyncio.run(ask(served, target.encode(), headers=headers)) for target in targets]
        assert len({(a.status, a.body, tuple(sorted(a.headers.items()))) for a in answers}) == 1
        assert answers[0].status == 404


def test_a_demo_runs_only_the_scripts_it_was_published_with(shelf: Shelf, tmp_path: Path) -> None:
    assert isinstance(shelf.store, FileStore)
    script = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
    made = demo(shelf.store, b"<script>go()</script>", [script, "'unsafe-inline'", "x; script-src *"])
    answer = asyncio.run(ask(app(tmp_path / "store"), f"/d/{token(link_key(tmp_path / 'store'), made)}".encode()))
    assert answer.body == b"<script>go()</script>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
    )


def _raw(port: int, method: str, target: bytes) -> Answer:
    """One request as these very bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
        peer.sendall(method.encode() + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        while piece := peer.recv(1 << 16):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), body=body)


def _over_connections(shelf: Shelf, issued: Issued, folder: Path, spellings: list[Spelling]) -> None:
    """None opens anything; what was issued does; no signature is in what the server said."""
    with gateway(folder / "store", "tests.integration.share.serving") as running:
        for method, target in spellings:
            answer = _raw(running.port, method, target)
            assert not opened(answer, shelf), (method, target, answer)
        for target in issued.spellings():
            assert _raw(running.port, "GET", target).status == 200, target
        said = running.output
    for text in (issued.share, issued.other, issued.demo):
        assert text.rpartition(".")[2] not in said
