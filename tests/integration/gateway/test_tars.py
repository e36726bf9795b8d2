"""Tars that nobody's client would send."""

import os
import tarfile
from pathlib import Path

import google_crc32c
import pytest

from tests.integration.gateway.outside import digest
from tests.integration.gateway.raw import ask
from tests.integration.gateway.server import Gateway


@pytest.mark.parametrize(
    "member",
    ["../outside/new", "/tmp/x", "a/../../x", ".ferry/lock", "a//b", "a\nb", "runs/a/log/below"],
)
def test_a_tar_leads_nowhere(own: Gateway, outside: Path, member: str) -> None:
    before = digest(outside)
    answer = ask(own, "POST", "/v1/unpack", tar_of(member))
    assert answer.status == 400
    assert digest(outside) == before


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"S", b"z"])
def test_a_tar_of_something_else_than_plain_files_is_refused(own: Gateway, outside: Path, kind: bytes) -> None:
    before = digest(outside)
    assert ask(own, "POST", "/v1/unpack", tar_of("planted", kind)).status in (200, 400)
    assert not os.path.lexists(own.folder / "planted") or (own.folder / "planted").is_file()
    assert not (own.folder / "planted").is_symlink()
    assert digest(outside) == before


@pytest.mark.parametrize("body", [b"", b"x", bytes(512), b"\xff" * 5000, os.urandom(2048)])
def test_what_is_no_tar_is_one_line(own: Gateway, body: bytes) -> None:
    answer = ask(own, "POST", "/v1/unpack", body)
    assert answer.status in (200, 400)
    assert answer.status == 400 or answer.json == {"objects": []}
    assert own.output == ""


def tar_of(name: str, kind: bytes = b"0") -> bytes:
    """A tar as the client makes it, of a member as it would never send it."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, 4, "../outside/secret"
    info.uname, info.gname = "0", f"{google_crc32c.value(b'evil'):08x}"
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8") + b"evil" + bytes(508 + 1024)
