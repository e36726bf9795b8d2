"""Names that are swapped for links out of the claim while they are followed."""

import os
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.integration.gateway.outside import digest
from tests.integration.gateway.server import Gateway
from trainferry.errors import FerryError
from trainferry.store.file import FileStore


@contextmanager
def swapping(folder: Path, outside: Path) -> Iterator[None]:
    """`runs/a` and the file in it are by turns links out of the claim, and so is `written/a`."""
    over = threading.Event()
    runs, written = folder / "runs", folder / "written"

    def swap() -> None:
        dice = random.Random(5)
        while not over.is_set():
            time.sleep(0.0002)
            with replaced(runs / "a"):
                (runs / "a").symlink_to(outside / "runs/a")
            with replaced(runs / "a/log"):
                dice.choice([os.symlink, os.link])(outside / "secret", runs / "a/log")
            with suppress(OSError):
                (written / "a").rename(written / secrets.token_hex(8))
                (written / "a").symlink_to(outside / "runs/a")
                time.sleep(0.0002)
                (written / "a").unlink()

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def replaced(path: Path) -> Iterator[None]:
    """Something else lies there for a moment."""
    path.rename(path.with_name("kept"))
    yield
    time.sleep(0.0002)
    path.unlink()
    path.with_name("kept").rename(path)


def swapped(store: FileStore, outside: Path, times: int) -> dict[bytes, int]:
    """How often each content was read while names were swapped underneath."""
    before, seen = digest(outside), dict[bytes, int]()
    with swapping(store.root, outside):
        for number in range(times):
            for call in (lambda: store.get("runs/a/log"), lambda: b"".join(store.read("runs/a/log"))):
                with suppress(FerryError):
                    data = call()
                    seen[data] = seen.get(data, 0) + 1
            with suppress(FerryError):
                list(store.list("runs/"))
                store.put(f"written/a/new-{number % 5}", b"new")
                store.delete(f"written/a/new-{(number - 2) % 5}")
    assert digest(outside) == before
    return seen


def test_swaps_while_a_name_is_followed_give_no_foreign_byte(own: Gateway, outside: Path) -> None:
    seen = swapped(FileStore(own.folder), outside, times=300)
    assert set(seen) == {b"own bytes"}


@pytest.mark.soak
def test_two_thousand_swaps_give_no_foreign_byte(own: Gateway, outside: Path) -> None:
    seen = swapped(FileStore(own.folder), outside, times=2000)
    print(f"read while swapped: {sum(seen.values())} times, 0 foreign")
    assert set(seen) == {b"own bytes"}
