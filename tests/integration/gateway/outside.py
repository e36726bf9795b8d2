"""What lies beside a claim and must never come out of it, nor be written."""

import hashlib
from pathlib import Path

from tests.integration.gateway.raw import put
from tests.integration.gateway.server import Gateway

FOREIGN = b"FOREIGN BYTES " * 20


def beside(running: Gateway) -> Path:
    """A secret file, and a folder that looks like one of the claim's."""
    folder = running.folder.with_name("outside")
    (folder / "runs/a").mkdir(parents=True)
    for name in ("secret", "runs/a/log", "write-1"):
        (folder / name).write_bytes(FOREIGN)
    put(running, "runs/a/log", b"own bytes")
    put(running, "other", b"own bytes")
    return folder


def digest(folder: Path) -> str:
    """Of names, kinds and bytes."""
    seen = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        seen.update(f"{path.relative_to(folder)} {path.lstat().st_mode} {path.lstat().st_mtime_ns}\n".encode())
        if path.is_file() and not path.is_symlink():
            seen.update(path.read_bytes())
    return seen.hexdigest()
