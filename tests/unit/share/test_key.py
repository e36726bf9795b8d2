"""The key of a store's links: one, whoever asks first, readable by its owner only."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trainferry.errors import Corrupt
from trainferry.share.key import link_key


def test_all_who_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: link_key(tmp_path / "store"), range(64)))
    assert len(set(keys)) == 1
    (file,) = (tmp_path / "store" / ".ferry").iterdir()
    assert file.read_bytes() == keys[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_stores_have_two_keys(tmp_path: Path) -> None:
    assert link_key(tmp_path / "a") != link_key(tmp_path / "b")


@pytest.mark.parametrize("damage", [b"", b"x" * 64, b"0" * 63, b"0" * 65, b"0" * 64 + b"\n"])
def test_a_damaged_key_is_never_used(tmp_path: Path, damage: bytes) -> None:
    link_key(tmp_path)
    (tmp_path / ".ferry" / "link-key").write_bytes(damage)
    with pytest.raises(Corrupt, match="is no key for links"):
        link_key(tmp_path)
