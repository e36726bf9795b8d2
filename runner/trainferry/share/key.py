"""The key that signs a store's links: `.ferry/link-key` in its folder, which no object name reaches."""

import os
import re
import secrets
from pathlib import Path

from trainferry.errors import Corrupt
from trainferry.store import names
from trainferry.store.os_errors import translated

FILE = "link-key"


def link_key(root: Path) -> bytes:
    """The key of the store in the folder `root`; made at the first time, by one of all who ask at once.

    Deleting the file takes back every link. Raises Corrupt, Forbidden, Full.
    """
    path = root / names.RESERVED / FILE
    with translated(path):
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    if not re.fullmatch(rb"[0-9a-f]{64}", key):
        raise Corrupt(f"{path} is no key for links", f"rm {path}   makes a new one; all links given out die")
    return key


def _make(path: Path) -> None:
    """Whole and durable under its name, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{FILE}-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass  # somebody else was first: theirs holds
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
