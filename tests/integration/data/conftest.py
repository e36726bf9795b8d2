"""Datasets over a folder, a bucket and a claim."""

import os
from pathlib import Path

import pytest

from trainferry.store import Store, open_store


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def remote(bucket: str) -> Store:
    return open_store(f"gs://{bucket}/team")


@pytest.fixture
def store(url: str) -> Store:
    return open_store(url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """60 MiB: 300 files in class folders that fill three shards, odd names, a large file."""
    files = {f"class{number % 3}/{number:03}.png": os.urandom(140_000) for number in range(300)}
    files |= {
        "größe\n/日本 語": b"odd",
        "cr\r\t\\n": b"1",
        "x" * 120: b"",
        "large.bin": os.urandom((16 << 20) + 5),
        "b/empty": b"",
    }
    for path, data in files.items():
        (tmp_path / "data" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / path).write_bytes(data)
    (tmp_path / "data/b/run.sh").write_text("true")
    (tmp_path / "data/b/run.sh").chmod(0o755)
    return tmp_path / "data"
