"""Whatever lies in a claim and whatever is asked for: no byte from outside comes out, nothing outside is written.

Who can write into the folder itself (a pod that mounts the claim) plants links, fifos and devices there, and swaps them
while the gateway follows a name.
"""

import json
import os
import random
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

import google_crc32c
import pytest

from tests.integration.gateway.outside import digest
from tests.integration.gateway.raw import Answer, ask, piece, put
from tests.integration.gateway.server import Gateway


def every_way(running: Gateway, name: str) -> Iterator[Answer]:
    """The name in every place that a name can have; `name` is percent-encoded already."""
    plain = name if "%" not in name else None
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        yield ask(running, method, f"/v1/object?name={name}", b"x" if method == "PUT" else b"", X_Ferry_Crc32c=CRC_X)
    yield ask(running, "GET", f"/v1/object?name={name}", Range="bytes=0-9")
    yield ask(running, "GET", f"/v1/objects?prefix={name}")
    yield ask(running, "GET", f"/v1/objects?prefix=&after={name}")
    yield ask(running, "GET", f"/v1/object/{name}")
    yield ask(running, "GET", f"/v1/{name}")
    if plain is not None:
        for path, order in orders(plain):
            yield ask(running, "POST", path, json.dumps(order).encode())


def orders(name: str) -> list[tuple[str, dict[str, object]]]:
    return [
        ("/v1/copy", {"source": name, "target": "copied"}),
        ("/v1/copy", {"source": "other", "target": name}),
        ("/v1/compose", {"name": "composed", "parts": ["other", name]}),
        ("/v1/compose", {"name": name, "parts": ["other"]}),
        ("/v1/pack", {"names": ["other", name]}),
        ("/v1/upload", {"id": "0" * 32, "name": name, "size": 0, "crc32c": "00000000"}),
    ]


CRC_X = f"{google_crc32c.value(b'x'):08x}"
STEPS = [
    "..",
    ".",
    "",
    "runs",
    "a",
    "log",
    ".ferry",
    "outside",
    "secret",
    "%2e%2e",
    "%2E.",
    "..%2f",
    "%252e%252e",
    "%00",
]
STEPS += [
    "%c0%ae%c0%ae",
    "%ef%bc%8e%ef%bc%8e",
    "..%5c",
    "%0d%0aX: y",
    "%ff",
    "~",
    "*",
    "lock",
    "%e2%80%a5",
    "c:",
    "%f0%9f%92%a9",
]
SLASHES = ["/", "//", "%2f", "%2F", "%5c", "/./", "%252f"]


def hostile_names(count: int, seed: int) -> Iterator[str]:
    dice = random.Random(seed)
    yield from (quote(f"{path}", safe="") for path in ("/etc/passwd", "../outside/secret", "/proc/self/environ"))
    yield from ("x" * 300, "y/" * 700, quote_from_bytes(bytes(range(256))), "%", "%zz", "a%0", "name=../outside/secret")
    for _ in range(count):
        steps = [dice.choice(STEPS) for _ in range(dice.randrange(1, 7))]
        yield (
            dice.choice(["", "/", "%2f"]) + "".join(step + dice.choice(SLASHES) for step in steps) + dice.choice(STEPS)
        )


def names_open_nothing(running: Gateway, outside: Path, count: int) -> None:
    before = digest(outside)
    for name in hostile_names(count, seed=4):
        for answer in every_way(running, name.replace(" ", "%20")):
            assert b"FOREIGN" not in answer.body, name
            assert answer.status < 500, name
    assert digest(outside) == before
    assert sorted(path.name for path in running.folder.parent.iterdir()) == ["claim", "claim.log", "outside"]
    assert ask(running, "GET", "/v1/object?name=other").status in (200, 404)


def test_hostile_names_open_nothing(own: Gateway, outside: Path) -> None:
    names_open_nothing(own, outside, count=40)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_thousand_hostile_names_open_nothing(own: Gateway, outside: Path) -> None:
    names_open_nothing(own, outside, count=2000)


def plants(own: Path, outside: Path) -> dict[str, Callable[[Path], None]]:
    """What may lie under a name, by what it is."""

    def bound(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listener, suppress(OSError):
            listener.bind(str(path))

    return {
        "a link to a file": lambda path: path.symlink_to(outside / "secret"),
        "a relative link": lambda path: path.symlink_to(os.path.relpath(outside / "secret", path.parent)),
        "a link to a link": lambda path: (own / "hop").exists() or path.symlink_to(outside / "hop"),
        "a link to a folder": lambda path: path.symlink_to(outside / "runs/a"),
        "a link to the process": lambda path: path.symlink_to("/proc/self/environ"),
        "a link to its own file": lambda path: path.symlink_to("other"),
        "a link to itself": lambda path: path.symlink_to(path),
        "a hard link": lambda path: path.hardlink_to(outside / "secret"),
        "a fifo": lambda path: os.mkfifo(path),
        "a socket": bound,
        "a device": lambda path: os.mknod(path, 0o20666, os.makedev(1, 5)),
        "a folder": lambda path: path.mkdir(),
    }


KINDS = list(plants(Path(), Path()))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_no_object(own: Gateway, outside: Path, kind: str) -> None:
    (outside / "hop").symlink_to(outside / "secret")
    plants(own.folder, outside)[kind](own.folder / "planted")
    before = digest(outside)
    for name in ("planted", "planted/log", "planted/secret"):
        assert ask(own, "HEAD", f"/v1/object?name={name}").status == 404
        for answer in every_way_that_reads(own, name):
            assert b"FOREIGN" not in answer.body
            assert answer.status in (404, 200, 412)
    assert b"planted" not in ask(own, "GET", "/v1/objects?prefix=").body
    assert ask(own, "DELETE", "/v1/object?name=planted").status == 204
    for name in ("planted", "planted/log"):
        assert put(own, name, b"ours").status in (200, 400)
    assert digest(outside) == before


def every_way_that_reads(running: Gateway, name: str) -> Iterator[Answer]:
    yield ask(running, "GET", f"/v1/object?name={name}")
    yield ask(running, "GET", f"/v1/object?name={name}", Range="bytes=0-9")
    yield ask(running, "GET", f"/v1/objects?prefix={name}")
    yield ask(running, "POST", "/v1/copy", json.dumps({"source": name, "target": "copied"}).encode())
    yield ask(running, "POST", "/v1/compose", json.dumps({"name": "composed", "parts": ["other", name]}).encode())
    yield ask(running, "POST", "/v1/pack", json.dumps({"names": [name]}).encode())
    assert ask(running, "GET", "/v1/objects?prefix=co").json["objects"] == []


@pytest.mark.parametrize("where", [".ferry", ".ferry/uploads"])
def test_the_gateways_own_folder_is_not_taken_from_elsewhere(own: Gateway, outside: Path, where: str) -> None:
    own.stop()
    for path in sorted((own.folder / ".ferry").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    if where == ".ferry":
        (own.folder / ".ferry").rmdir()
    (own.folder / where).symlink_to(outside)
    before = digest(outside)
    own.start()
    assert piece(own, secrets.token_hex(16), 0, b"x").status == 400
    assert put(own, "new", b"x").status == (400 if where == ".ferry" else 200)
    assert digest(outside) == before


def test_an_upload_under_way_is_not_taken_from_elsewhere(own: Gateway, outside: Path) -> None:
    id = secrets.token_hex(16)
    piece(own, id, 0, b"good")
    part = own.folder / ".ferry/uploads" / f"{id}.part"
    part.unlink()
    part.symlink_to(outside / "secret")
    before = digest(outside)
    assert piece(own, id, 4, b"more").status >= 400
    crc = f"{google_crc32c.value(b'good'):08x}"
    order = {"id": id, "name": "taken", "size": 4, "crc32c": crc}
    assert ask(own, "POST", "/v1/upload", json.dumps(order).encode()).status >= 400
    assert ask(own, "GET", "/v1/object?name=taken").status == 404
    assert digest(outside) == before
