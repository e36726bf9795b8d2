"""The code that runs: one deterministic archive, named by its content.

The digest is the sha256 of the tar before compression (`zcat code/<digest>.tar.gz | sha256sum` says the same), so it
depends neither on the version of zlib nor on times, owners and the order in which a disk lists its files.
"""

import hashlib
import os
import tarfile
import tempfile
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from trainferry.errors import BadInput, Changed
from trainferry.runs import layout
from trainferry.ship import worktree
from trainferry.ship.worktree import Entry
from trainferry.store import Store
from trainferry.store.os_errors import printable, translated

LIMIT = 200 << 20  # bytes; data goes with `ferry data push`, which sends what changed only
KEEP = 7 * 86400  # seconds that an archive stays in the cache
_LEVEL = 6
_PIECE = 1 << 20
_GZIP = 31  # zlib's word for a gzip header without name or time


@dataclass(frozen=True)
class Snapshot:
    """`path` is the archive; `size` the bytes of the `files`; `dirty` of them differ from `commit` ("" without git)."""

    path: Path
    digest: str
    files: int
    size: int
    commit: str = ""
    dirty: int = 0
    without: tuple[str, ...] = ()


def take(root: Path) -> Snapshot:
    """The code below `root` as it is now. Raises BadInput when it is too large, empty, or a file cannot be read."""
    found = worktree.look(root)
    _check_size(root, found.entries)
    cache = _cache()
    with translated(cache), tempfile.TemporaryFile(dir=cache) as tar:
        digest = _write(tar, found.entries)
        path = cache / f"{digest}.tar.gz"
        if path.exists():
            os.utime(path)
        else:
            _compress(tar, path)
    size = sum(entry.size for entry in found.entries)
    return Snapshot(path, digest, len(found.entries), size, found.commit, found.dirty, found.without)


def upload(store: Store, snapshot: Snapshot) -> bool:
    """Put the archive into the store; False when it is there already."""
    name = layout.snapshot(snapshot.digest)
    if store.stat(name) is not None:
        return False
    with suppress(Changed):  # somebody with the same code was quicker
        store.put_file(name, snapshot.path, if_generation=0)
        return True
    return False


def _check_size(root: Path, entries: tuple[Entry, ...]) -> None:
    if not entries:
        raise BadInput(f"{printable(root)}: no code here to ship", "cd to the folder of the training code")
    size = sum(entry.size for entry in entries)
    if size <= LIMIT:
        return
    largest = sorted(entries, key=lambda entry: -entry.size)[:10]
    listing = ", ".join(f"{printable(entry.path)} {_mib(entry.size)}" for entry in largest)
    raise BadInput(
        f"{printable(root)} holds {_mib(size)} of code, more than {_mib(LIMIT)}; the largest: {listing}",
        f"leave data out with .gitignore or {worktree.IGNORE} and send it with  ferry data push",
    )


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"


def _write(out: BinaryIO, entries: tuple[Entry, ...]) -> str:
    """Write the tar; returns its digest. No owners, no times, modes 644 and 755 only."""
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
        for entry in entries:
            with translated(entry.file), open(entry.file, "rb") as file:
                data = file.read()
            member = tarfile.TarInfo(entry.path)
            member.size, member.mode = len(data), 0o755 if entry.executable else 0o644
            tar.addfile(member, BytesIO(data))
    digest = hashlib.sha256()
    out.seek(0)
    while piece := out.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _compress(tar: BinaryIO, path: Path) -> None:
    """Temporary name, then rename: another process sees the whole archive or none."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    tar.seek(0)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as out:
            while piece := tar.read(_PIECE):
                out.write(packer.compress(piece))
            out.write(packer.flush())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _cache() -> Path:
    """$XDG_CACHE_HOME/ferry/code, swept of what nobody used for a week; a folder of its own where that is read-only."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "ferry" / "code"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="ferry-"))
    limit = time.time() - KEEP
    for old in cache.iterdir():
        with suppress(OSError):
            if old.stat().st_mtime < limit:
                old.unlink()
    return cache
