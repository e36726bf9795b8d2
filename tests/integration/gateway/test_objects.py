"""The object protocol as it is on the wire."""

import json
from pathlib import Path

import pytest

from tests.integration.gateway.raw import ask, commit, put
from tests.integration.gateway.server import Gateway


def test_a_long_list_comes_in_pages(own: Gateway) -> None:
    names = sorted(f"many/{number % 7}{'-/'[number % 2]}{number}" for number in range(2500))
    for name in names:
        path = own.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    page = ask(own, "GET", "/v1/objects?prefix=many/").json
    assert ([entry["name"] for entry in page["objects"]], page["next"]) == (names[:1000], names[999])
    store = own.store("many")
    assert [f"many/{info.name}" for info in store.list("")] == names
    assert [f"many/{info.name}" for info in store.list("3")] == [name for name in names if name.startswith("many/3")]


def test_an_object_says_what_it_is(shared: Gateway) -> None:
    info = put(shared, "objects/a", b"hello").json
    head = ask(shared, "HEAD", "/v1/object?name=objects/a")
    get = ask(shared, "GET", "/v1/object?name=objects/a")
    for answer in (head, get):
        assert {key: answer.headers[key] for key in ABOUT} == {
            "content-length": "5",
            "x-ferry-size": "5",
            "x-ferry-generation": str(info["generation"]),
            "x-ferry-crc32c": "9a71bb4c",
            "x-ferry-updated": repr(info["updated"]),
            "cache-control": "private, no-store",
        }
    assert (head.body, get.body) == (b"", b"hello")


ABOUT = (
    "content-length",
    "x-ferry-size",
    "x-ferry-generation",
    "x-ferry-crc32c",
    "x-ferry-updated",
    "cache-control",
)


def test_conditions_are_412(shared: Gateway) -> None:
    generation = put(shared, "objects/b", b"1").json["generation"]
    assert put(shared, "objects/b", b"2", if_generation=0).status == 412
    assert put(shared, "objects/b", b"2", if_generation=generation + 1).status == 412
    assert ask(shared, "DELETE", f"/v1/object?name=objects/b&if_generation={generation + 1}").status == 412
    assert put(shared, "objects/b", b"2", if_generation=generation).status == 200
    assert ask(shared, "DELETE", "/v1/object?name=objects/b").status == 204
    assert ask(shared, "DELETE", "/v1/object?name=objects/b").status == 204


def test_bytes_that_changed_on_the_way_are_422_and_gone(shared: Gateway) -> None:
    answer = put(shared, "objects/c", b"damaged", crc=1)
    assert (answer.status, answer.headers["x-ferry-error"]) == (422, "Corrupt")
    assert ask(shared, "HEAD", "/v1/object?name=objects/c").status == 404
    assert not list((shared.folder / ".ferry").glob("write-*"))


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/v1/object", b""),
        ("GET", "/v1/object?name=a&generation=-1", b""),
        ("GET", "/v1/object?name=a&generation=%C2%B2", b""),
        ("GET", "/v1/object?name=a&generation=" + "9" * 30_000, b""),
        ("PUT", "/v1/object?name=a", b"x"),
        ("DELETE", "/v1/object?name=a&if_generation=new", b""),
        ("POST", "/v1/compose", b""),
        ("POST", "/v1/compose", b"[]"),
        ("POST", "/v1/compose", b'{"name": 1, "parts": ["a"]}'),
        ("POST", "/v1/compose", b'{"name": "x", "parts": "a"}'),
        ("POST", "/v1/compose", b'{"name": "x", "parts": []}'),
        ("POST", "/v1/compose", b'{"name": "x", "parts": ["a"], "if_generation": true}'),
        ("POST", "/v1/compose", b"[" * 100_000),
        ("POST", "/v1/copy", b'{"source": "a"}'),
        ("POST", "/v1/pack", b'{"names": [1]}'),
        ("POST", "/v1/pack", b'{"names": ["' + b"x" * (1 << 20) + b'"]}'),
        ("POST", "/v1/upload", b'{"id": "x", "name": "a", "size": 1, "crc32c": "00000000"}'),
        ("POST", "/v1/upload", json.dumps({"id": "0" * 32, "name": "a", "size": 1, "crc32c": "0x"}).encode()),
    ],
)
def test_a_request_that_means_nothing_is_one_line(shared: Gateway, method: str, target: str, body: bytes) -> None:
    answer = ask(shared, method, target, body)
    assert (answer.status, answer.headers["x-ferry-error"]) == (400, "BadInput")
    assert "\n" not in answer.json["message"]
    assert str(shared.folder) not in answer.body.decode()


def test_other_paths_and_methods_are_nothing(shared: Gateway) -> None:
    assert ask(shared, "GET", "/").status == 404
    assert ask(shared, "GET", "/v1/").status == 404
    assert ask(shared, "PATCH", "/v1/object?name=a").status == 405
    assert ask(shared, "GET", "/v1/compose").status == 405


def test_an_upload_of_nothing_is_an_empty_object(shared: Gateway) -> None:
    assert commit(shared, "1" * 32, "objects/empty", b"").json["size"] == 0


def test_objects_are_plain_files_for_whoever_mounts_the_claim(shared: Gateway, tmp_path: Path) -> None:
    shared.store("objects").put("plain/größe.txt", b"hello")
    path = shared.folder / "objects/plain/größe.txt"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"hello", 0o644)
