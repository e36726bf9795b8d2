"""What a shared file is, and under which name it is saved."""

import pickle

import pytest

from trainferry.share import content


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.JSON", "application/json"),
        ("a/b.png", "image/png"),
        ("README.md", "text/plain; charset=utf-8"),
        ("page.html", "application/octet-stream"),
        ("picture.svg", "application/octet-stream"),
        ("model.safetensors", "application/octet-stream"),
        ("png", "application/octet-stream"),
    ],
)
def test_nothing_that_a_browser_would_run_has_a_type_of_its_own(path: str, kind: str) -> None:
    assert content.content_type(path) == kind
    assert kind in content.KNOWN


TORCH = b"PK\x03\x04\x00\x00\x08\x08\x00\x00" + b"\x00" * 20 + b"archive/data.pkl"


@pytest.mark.parametrize(
    ("path", "head", "told"),
    [
        ("last.pt", b"", True),
        ("last.CKPT", b"", True),
        ("model.bin", TORCH, True),
        ("model", pickle.dumps({"a": 1}), True),
        ("model", pickle.dumps([1], protocol=2), True),
        ("weights.safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{}", False),
        ("data.zip", b"PK\x03\x04" + b"\x00" * 26 + b"a.csv", False),
        ("x.npy", b"\x93NUMPY", False),
        ("empty", b"", False),
    ],
)
def test_a_pickle_is_known_by_name_or_first_bytes(path: str, head: bytes, told: bool) -> None:
    assert content.is_pickle(path, head) is told


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("best.pt", "attachment; filename=\"best.pt\"; filename*=UTF-8''best.pt"),
        ('a"b\\c;.txt', "attachment; filename=\"a_b_c_.txt\"; filename*=UTF-8''a%22b%5Cc%3B.txt"),
        ("größe 日本", "attachment; filename=\"gr__e __\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%E6%97%A5%E6%9C%AC"),
        ("x\r\nSet-Cookie: a", "attachment; filename=\"x__Set-Cookie_ a\"; filename*=UTF-8''x%0D%0ASet-Cookie%3A%20a"),
    ],
)
def test_a_file_is_saved_under_its_name_and_the_header_stays_one(name: str, header: str) -> None:
    assert content.attachment(name) == header
