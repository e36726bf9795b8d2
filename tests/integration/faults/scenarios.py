"""What users do, as one command each, and what has to be true before, after and in between.

`wrong` functions return sentences about what should not be; an empty list is what everybody hopes for.
"""

import random
import shutil
from functools import cache
from pathlib import Path
from typing import Protocol

import google_crc32c

from tests.integration.data.trees import tree
from tests.integration.faults import litter
from trainferry.data import catalog, fetching, sending
from trainferry.data.fetching import Wanted
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.data.sending import Sending
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
    """`ferry cp` into a store: a large file and small ones; a neighbour of an almost equal name stays what it was."""

    def __init__(self, size: int, small: int = 0) -> None:
        self.sizes = {"model.pt": size} | {f"small-{number}.json": 1000 + number for number in range(small)}

    def warm(self) -> None:
        for size in self.sizes.values():
            content(size, size)

    def prepare(self, store: Store, folder: Path) -> None:
        for name, size in self.sizes.items():
            (folder / name).write_bytes(content(size, size))
        store.put("models/model.pt.old", b"old")

    def run(self, store: Store, folder: Path) -> None:
        files = [Sending(folder / name, f"models/{name}") for name in self.sizes]
        sending.send_all(store, files, lambda one, info: None, lambda size: None)

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        wanted = {f"models/{name}": content(size, size) for name, size in self.sizes.items()}
        wanted["models/model.pt.old"] = b"old"
        found = [info.name for info in store.list("models/")]
        missing = wanted.keys() - set(found) if ended else set()
        return (
            [f"{name} is missing" for name in missing]
            + [f"{name} should not be there" for name in found if name not in wanted]
            + [f"{name} holds other bytes" for name in found if name in wanted and store.get(name) != wanted[name]]
            + litter.unknown(store, set(wanted), ended)
        )


class Down:
    """`ferry cp` out of a store, in place of older files."""

    def __init__(self, size: int, small: int = 0) -> None:
        self.sizes = {"model.pt": size} | {f"small-{number}.json": 1000 + number for number in range(small)}

    def warm(self) -> None:
        for size in self.sizes.values():
            content(size, size)

    def prepare(self, store: Store, folder: Path) -> None:
        for name, size in self.sizes.items():
            store.put(f"models/{name}", content(size, size))
            (folder / name).write_bytes(b"old")

    def run(self, store: Store, folder: Path) -> None:
        crcs = {name: google_crc32c.value(content(size, size)) for name, size in self.sizes.items()}
        wanted = [
            Wanted(name, folder / name, size, crcs[name], (f"models/{name}",)) for name, size in self.sizes.items()
        ]
        fetching.fetch_all(store, wanted, lambda one: None, lambda size: None)

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        said = []
        for path in sorted(folder.iterdir()):
            known = path.name in self.sizes
            if not known and (ended or not path.name.startswith(".ferry-")):
                said.append(f"left behind: {path.name}")
            elif known and path.read_bytes() != content(self.sizes[path.name], self.sizes[path.name]):
                said += [] if path.read_bytes() == b"old" and not ended else [f"{path.name} holds other bytes"]
        return said


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
        known = {info.name for info in store.list("datasets/") if info.name.endswith("/index")}
        return said + litter.unknown(store, known | litter.shards(store, "cats"), ended)

    def _write(self, folder: Path, seed: int) -> None:
        for number in range(8):
            path = folder / f"{seed}-{number}" / "image.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(100 * seed + number, self.size // 8))
