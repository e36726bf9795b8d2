"""A finished run to share, in a folder and in a bucket, and the bytes of its files."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import google_crc32c
import pytest
from playwright.sync_api import Browser, sync_playwright

from trainferry.runs import layout, manifest, record
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.store import Store, open_store

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RUN = "base-4be1a90c"
README = "# A small net\n\nTrained on *cifar10*.\n\n<script>alert('readme')</script>\n"
ABOUT = {"step": 5865, "accuracy": 0.8312, "classes": ["airplane", "cat", "dog"], "<b>bold</b>": "<i>&amp;</i>"}
ODD = 'odd "quoted" <b>&größe日本.txt'


@dataclass(frozen=True)
class Shelf:
    """A store with one run and the bytes of its files by path."""

    store: Store
    files: dict[str, bytes]


def stock(store: Store, sizes: int = 300_000) -> Shelf:
    """Put a run into the store as an agent leaves it: a big file in pieces, an empty one, one without a sha256."""
    files = {
        "checkpoints/best.safetensors": os.urandom(sizes),
        "checkpoints/best.json": json.dumps(ABOUT).encode(),
        "checkpoints/README.md": README.encode(),
        "checkpoints/last.pt": b"PK\x03\x04" + os.urandom(1000),
        "metrics.jsonl": b"".join(b'{"step": %d}\n' % step for step in range(70)),
        f"notes/{ODD}": b"odd",
        "notes/empty.txt": b"",
    }
    stored = {path: _stored(store, number, path, data) for number, (path, data) in enumerate(files.items())}
    manifest.save(store, OutputManifest(RUN, stored, complete=True), 0)
    record.write(store, record.Record(RUN, {}, when=time.time()))
    return Shelf(store, files)


def _stored(store: Store, number: int, path: str, data: bytes) -> StoredFile:
    """metrics.jsonl lies in 70 pieces, as one that grew; the others in one object, the empty one in none."""
    parts = [data] if data else []
    if path == "metrics.jsonl":
        parts = [line + b"\n" for line in data.splitlines()]
    names = [f"{layout.output(RUN, 1, 'part')}{number}.{at}" for at in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        store.put(name, part)
    sha256 = "" if path.endswith(".txt") else hashlib.sha256(data).hexdigest()
    return StoredFile(names, len(data), google_crc32c.value(data), 1, mtime=float(number), sha256=sha256)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return stock(open_store((tmp_path / "store").as_uri()))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with the module: its event loop is this thread's, and other modules have their own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()
