"""One file out of the store."""

import os
from pathlib import Path

import google_crc32c
import pytest

from trainferry.data.copy import fetch_file
from trainferry.errors import Corrupt, Missing
from trainferry.store import Store

PARTS = [os.urandom(size) for size in (1000, 0, 20 << 20, 1)]
WHOLE = b"".join(PARTS)
CRC = google_crc32c.value(WHOLE)


@pytest.fixture
def names(store: Store) -> list[str]:
    return [store.put(f"parts/{number}", data).name for number, data in enumerate(PARTS)]


def test_the_parts_become_one_file(store: Store, names: list[str], tmp_path: Path) -> None:
    fetch_file(store, names, len(WHOLE), CRC, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == WHOLE


def test_an_empty_file_has_no_parts(store: Store, tmp_path: Path) -> None:
    fetch_file(store, [], 0, 0, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b""


def test_what_is_not_as_expected_never_gets_the_name(store: Store, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    for wanted, line in {
        (len(WHOLE), CRC ^ 1): f"crc32c {CRC:08x} is not the stored {CRC ^ 1:08x}",
        (len(WHOLE) + 1, CRC): f"the store holds {len(WHOLE)} bytes, not {len(WHOLE) + 1}",
    }.items():
        with pytest.raises(Corrupt) as caught:
            fetch_file(store, names, *wanted, tmp_path / "file")
        assert str(caught.value) == f"{tmp_path}/file: {line}"
    with pytest.raises(Missing):
        fetch_file(store, [*names, "no"], len(WHOLE), CRC, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
