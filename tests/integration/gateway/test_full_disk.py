"""A claim without space: 507, nothing half there, and what was there stays."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.raw import piece, put
from tests.integration.gateway.server import Gateway, gateway
from trainferry.errors import Full

SIZE = 24 << 20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Gateway]:
    (tmp_path / "claim").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(tmp_path / "claim")]
    subprocess.run(mount, check=True)
    try:
        with gateway(tmp_path / "claim") as running:
            yield running
    finally:
        subprocess.run(["umount", str(tmp_path / "claim")], check=True)


def left(running: Gateway) -> list[str]:
    return sorted(path.name for path in (running.folder / ".ferry").rglob("*") if path.is_file())


def test_a_put_that_does_not_fit_is_full_and_gone(small: Gateway, tmp_path: Path) -> None:
    store = small.store("team")
    kept = os.urandom(8 << 20)
    store.put("kept", kept)
    (tmp_path / "large").write_bytes(bytes(40 << 20))
    for call in (
        lambda: store.put("kept", bytes(20 << 20)),
        lambda: store.put_file("new", tmp_path / "large"),
        lambda: store.compose("new", ["kept"] * 3),
        lambda: store.put_many((f"many/{number}", bytes(4 << 20)) for number in range(8)),
    ):
        with pytest.raises(Full) as caught:
            call()
        assert "volume://claim/team" in str(caught.value)
        assert "no space left" in str(caught.value)
        assert str(small.folder) not in str(caught.value)
        assert store.get("kept") == kept
        for info in store.list("many/"):
            store.delete(info.name)
    assert [info.name for info in store.list("")] == ["kept"]
    assert [name for name in left(small) if name.startswith("write-")] == []


def test_a_piece_that_does_not_fit_is_cut_off_and_fits_later(small: Gateway) -> None:
    id = secrets.token_hex(16)
    assert put(small, "filler", bytes(16 << 20)).status == 200
    assert piece(small, id, 0, bytes(2 << 20)).json == {"offset": 2 << 20}
    answer = piece(small, id, 2 << 20, bytes(12 << 20))
    assert (answer.status, answer.headers["x-ferry-error"]) == (507, "Full")
    assert (small.folder / ".ferry/uploads" / f"{id}.part").stat().st_size == 2 << 20
    (small.folder / "filler").unlink()
    assert piece(small, id, 2 << 20, bytes(12 << 20)).json == {"offset": 14 << 20}
