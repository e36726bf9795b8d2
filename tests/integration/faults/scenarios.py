"""What users do, as one command each, and what has to be true before, after and in between.

`wrong` functions return sentences about what should not be; an empty list is what everybody hopes for.
"""

import random
import shutil
import zlib
from functools import cache
from pathlib import Path
from typing import Protocol

import google_crc32c

from tests.integration.data.trees import tree
from trainferry.data import catalog
from trainferry.data.copy import fetch_file
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.store import Store

KIB, MIB = 1 << 10, 1 << 20


class Scenario(Protocol):
    """`folder`: on this machine, of this case alone. All functions but `warm` run in processes of their own."""

    def warm(self) -> None:
        """What all cases need, made once."""

    def prepare(self, store: Store, folder: Path) -> None:
        """What was there before."""

    def run(self, store: Store, folder: Path) -> None:
        """The command."""

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        """After a command that was refused or killed; after one that has `ended` well, or said so, more."""


@cache
def content(seed: int, size: int) -> bytes:
    """Bytes that nothing compresses."""
    return random.Random(seed).randbytes(size)


class Up:
    """A large file becomes an object; its neighbour of an almost equal name stays what it was."""

    def __init__(self, size: int) -> None:
        self.size = size

    def warm(self) -> None:
        content(1, self.size)

    def prepare(self, store: Store, folder: Path) -> None:
        (folder / "model.pt").write_bytes(content(1, self.size))
        store.put("models/model.pt.old", b"old")

    def run(self, store: Store, folder: Path) -> None:
        store.put_file("models/model.pt", folder / "model.pt")

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        found = {info.name: (info.size, info.crc32c) for info in store.list("models/")}
        data = (folder / "model.pt").read_bytes()
        old = {"models/model.pt.old": (3, google_crc32c.value(b"old"))}
        new = {"models/model.pt": (self.size, google_crc32c.value(data))}
        allowed = [old | new] if ended else [old | new, old]
        if found not in allowed:
            return [f"the store holds {found}"]
        return ["other bytes"] if ended and store.get("models/model.pt") != data else []


class Down:
    """An object becomes a file in place of an older one."""

    def __init__(self, size: int) -> None:
        self.size = size

    def warm(self) -> None:
        content(1, self.size)

    def prepare(self, store: Store, folder: Path) -> None:
        store.put("models/model.pt", content(1, self.size))
        (folder / "model.pt").write_bytes(b"old")

    def run(self, store: Store, folder: Path) -> None:
        crc = google_crc32c.value(content(1, self.size))
        fetch_file(store, ["models/model.pt"], self.size, crc, folder / "model.pt")

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        found = (folder / "model.pt").read_bytes()
        if found == content(1, self.size) or (found == b"old" and not ended):
            left = [path.name for path in folder.iterdir() if path.name != "model.pt"]
            return [f"left behind: {left}"] if left else []
        return [f"model.pt has {len(found)} bytes, crc32 {zlib.crc32(found):08x}"]


class Push:
    """A folder becomes a new version of a dataset that has one already."""

    def __init__(self, size: int) -> None:
        self.size = size

    def warm(self) -> None:
        for number in range(8):
            for seed in (1, 2):
                content(100 * seed + number, self.size // 8)

    def prepare(self, store: Store, folder: Path) -> None:
        self._write(folder / "before", 1)
        shutil.copytree(folder / "before", folder / "after")
        self._write(folder / "after", 2)
        push(store, folder / "before", "cats")

    def run(self, store: Store, folder: Path) -> None:
        push(store, folder / "after", "cats")

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        versions = catalog.versions(store, "cats")
        if not versions or (ended and len(versions) != 2):
            return [f"{len(versions)} versions"]
        said = []
        for version, name in zip(versions, ("before", "after"), strict=False):
            out = folder / "out"
            shutil.rmtree(out, ignore_errors=True)
            pull(store, "cats", version, out)
            said += [] if tree(out) == tree(folder / name) else [f"version {version[:8]} is not {name}"]
        return said

    def _write(self, folder: Path, seed: int) -> None:
        for number in range(8):
            path = folder / f"{seed}-{number}" / "image.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(100 * seed + number, self.size // 8))
