"""Uploads in pieces."""

import os
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import google_crc32c
import pytest

from tests.integration.gateway.raw import ask, begun, commit, piece, put
from tests.integration.gateway.server import Gateway
from trainferry.store import http_upload


def offset(running: Gateway, id: str) -> int:
    return int(ask(running, "GET", f"/v1/upload?id={id}").json["offset"])


@pytest.fixture
def id() -> str:
    return secrets.token_hex(16)


def test_pieces_become_an_object(shared: Gateway, id: str) -> None:
    data = os.urandom(5_000_000)
    assert offset(shared, id) == 0
    for start in range(0, len(data), 1_000_000):
        assert piece(shared, id, start, data[start : start + 1_000_000]).json == {"offset": start + 1_000_000}
    assert ask(shared, "GET", "/v1/object?name=uploads/a").status == 404
    info = commit(shared, id, "uploads/a", data).json
    assert (info["size"], info["crc32c"]) == (5_000_000, f"{google_crc32c.value(data):08x}")
    assert ask(shared, "GET", "/v1/object?name=uploads/a").body == data


def test_a_commit_asked_twice_gives_the_same_answer_and_writes_once(shared: Gateway, id: str) -> None:
    piece(shared, id, 0, b"bytes")
    first = commit(shared, id, "uploads/twice", b"bytes", if_generation=0)
    put(shared, "uploads/twice", b"newer")
    again = commit(shared, id, "uploads/twice", b"bytes", if_generation=0)
    assert (first.status, again.status) == (200, 200)
    assert again.json == first.json
    assert ask(shared, "GET", "/v1/object?name=uploads/twice").body == b"newer"


def test_a_piece_somewhere_else_is_told_where_the_end_is(shared: Gateway, id: str) -> None:
    piece(shared, id, 0, b"12345")
    for start in (0, 4, 6, 10**18):
        answer = piece(shared, id, start, b"x")
        assert (answer.status, answer.json) == (409, {"offset": 5})
    assert commit(shared, id, "uploads/b", b"123456").json == {"offset": 5}
    assert commit(shared, id, "uploads/b", b"12345").status == 200


def test_a_damaged_piece_leaves_nothing(shared: Gateway, id: str) -> None:
    piece(shared, id, 0, b"good")
    answer = piece(shared, id, 4, b"damaged", crc=1)
    assert (answer.status, answer.headers["x-ferry-error"], offset(shared, id)) == (422, "Corrupt", 4)
    assert piece(shared, id, 4, b" more").json == {"offset": 9}
    assert commit(shared, id, "uploads/c", b"good more").status == 200


def test_a_piece_that_is_cut_leaves_nothing(shared: Gateway, id: str) -> None:
    piece(shared, id, 0, b"good")
    head = f"PUT /v1/upload?id={id}&offset=4 HTTP/1.1\r\nContent-Length: 3000000\r\nX-Ferry-Crc32c: 00000000"
    begun(shared, head, b"\r\n" + bytes(2_000_000)).close()
    assert piece(shared, id, 4, b" more").json == {"offset": 9}
    assert commit(shared, id, "uploads/d", b"good more").status == 200


def test_a_whole_of_other_bytes_is_refused_and_forgotten(shared: Gateway, id: str) -> None:
    piece(shared, id, 0, b"these")
    answer = commit(shared, id, "uploads/e", b"other")
    assert (answer.status, answer.headers["x-ferry-error"]) == (422, "Corrupt")
    assert (offset(shared, id), ask(shared, "GET", "/v1/object?name=uploads/e").status) == (0, 404)


def test_of_two_who_write_one_upload_the_later_has_the_turn(shared: Gateway, id: str) -> None:
    piece(shared, id, 0, b"good")
    head = f"PUT /v1/upload?id={id}&offset=4 HTTP/1.1\r\nContent-Length: 2000000\r\nX-Ferry-Crc32c: 00000000"
    earlier = begun(shared, head, b"\r\n" + b"e" * 1_500_000)
    assert piece(shared, id, 4, b"l" * 2_000_000).json == {"offset": 2_000_004}
    earlier.sendall(b"e" * 500_000)
    answer = earlier.recv(1000)
    earlier.close()
    assert answer.startswith(b"HTTP/1.1 412 ")
    assert commit(shared, id, "uploads/f", b"good" + b"l" * 2_000_000).status == 200


def test_many_who_write_one_upload_never_tear_it(shared: Gateway, id: str) -> None:
    """Each sends the same offsets with bytes of its own: whoever comes through, a piece is of one of them."""
    size, there = 200_000, 0
    with ThreadPoolExecutor(8) as pool:
        for number in range(6):
            answers = list(pool.map(lambda who, at=there: piece(shared, id, at, bytes([who]) * size), range(8)))
            assert {answer.status for answer in answers} <= {200, 409, 412}, number
            there = offset(shared, id)
    data = next((shared.folder / ".ferry/uploads").glob(f"{id}.part")).read_bytes()[:there]
    assert there >= size
    assert all(len(set(data[start : start + size])) == 1 for start in range(0, there, size))
    assert commit(shared, id, "uploads/g", data).status == 200


def test_pieces_survive_a_gateway_that_is_killed(own: Gateway, id: str) -> None:
    data = os.urandom(3_000_000)
    piece(own, id, 0, data[:1_000_000])
    half = f"PUT /v1/upload?id={id}&offset=1000000 HTTP/1.1\r\nContent-Length: 9000000\r\nX-Ferry-Crc32c: 00000000"
    connection = begun(own, half, b"\r\n" + bytes(2_500_000))
    own.kill()
    connection.close()
    own.start()
    assert offset(own, id) == 1_000_000
    assert piece(own, id, 1_000_000, data[1_000_000:]).json == {"offset": 3_000_000}
    assert commit(own, id, "a", data).status == 200
    own.kill()
    own.start()
    assert commit(own, id, "a", data).json == ask_info(own, "a", data)


def ask_info(running: Gateway, name: str, data: bytes) -> dict[str, object]:
    headers = ask(running, "HEAD", f"/v1/object?name={name}").headers
    generation, updated = int(headers["x-ferry-generation"]), float(headers["x-ferry-updated"])
    crc = headers["x-ferry-crc32c"]
    return {"name": name, "size": len(data), "generation": generation, "crc32c": crc, "updated": updated}


def test_what_a_killed_gateway_left_damaged_is_never_an_object(own: Gateway, id: str) -> None:
    piece(own, id, 0, b"good bytes")
    own.kill()
    part = own.folder / ".ferry/uploads" / f"{id}.part"
    with part.open("r+b") as file:
        file.write(b"B")
    own.start()
    assert commit(own, id, "a", b"good bytes").status == 422
    assert ask(own, "GET", "/v1/object?name=a").status == 404


def test_the_client_goes_on_when_the_gateway_lost_everything(
    own: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_upload, "CHUNK", 3 << 20)
    (tmp_path / "file").write_bytes(data := os.urandom(20 << 20))
    store = own.store()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(store.put_file, "a", tmp_path / "file", 0)
        while not list((own.folder / ".ferry").glob("uploads/*.part")):
            time.sleep(0.001)
        own.kill()
        for part in (own.folder / ".ferry/uploads").iterdir():
            part.unlink()
        own.start()
        assert sending.result().crc32c == google_crc32c.value(data)
    assert store.get("a") == data


def test_what_nobody_finished_goes_after_a_day(own: Gateway, id: str) -> None:
    piece(own, id, 0, b"half")
    place = own.folder / ".ferry/uploads"
    os.utime(place / f"{id}.part", (0, 0))
    own.kill()
    own.start()
    piece(own, secrets.token_hex(16), 0, b"new")
    assert not (place / f"{id}.part").exists()


@pytest.mark.parametrize("id", ["", "0" * 31, "0" * 33, "G" * 32, "../" + "0" * 29, "A" * 32])
def test_an_id_is_32_hex_digits(shared: Gateway, id: str) -> None:
    assert ask(shared, "GET", f"/v1/upload?id={id}").status == 400


def test_a_body_that_is_too_large_is_refused_before_it_comes(shared: Gateway) -> None:
    head = "PUT /v1/object?name=uploads/large HTTP/1.1\r\nContent-Length: 99999999999\r\nX-Ferry-Crc32c: 00000000"
    with begun(shared, head, b"\r\n") as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    chunked = "PUT /v1/object?name=uploads/large HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-Ferry-Crc32c: 00000000"
    with begun(shared, chunked, b"\r\n") as connection:
        assert refused_while_sending(connection)
    assert ask(shared, "GET", "/v1/object?name=uploads/large").status == 404
    assert not list((shared.folder / ".ferry").glob("write-*"))


def refused_while_sending(connection: socket.socket) -> bool:
    block = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    for _ in range(40):
        connection.sendall(block)
        connection.settimeout(0.01)
        try:
            return connection.recv(1000).startswith(b"HTTP/1.1 400 ")
        except TimeoutError:
            connection.settimeout(30)
    return False
