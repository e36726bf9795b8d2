"""Giving each file of a push its place: where it lies already, or in a new shard."""

import hashlib
import os
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

import google_crc32c

from trainferry.data import packs, scan
from trainferry.data.index import File, Index, Shard
from trainferry.data.progress import Meter
from trainferry.data.scan import Found, Hashes
from trainferry.data.shards import Shards
from trainferry.data.stat_cache import StatCache

SPARSE = 0.5  # a shard of which less than this is still in use is packed anew
SMALL, MANY = packs.SHARD // 4, 16  # so are small shards, when there are more than this


class Home:
    """The shard that a file lies in. It is known once the shard was sent."""

    def __init__(self, shard: Shard | None = None) -> None:
        self.sent: Future[Shard] = Future()
        if shard is not None:
            self.sent.set_result(shard)

    def shard(self) -> Shard:
        """Waits for it; raises what its upload raised."""
        return self.sent.result()


class Placed(NamedTuple):
    """A file with its hashes and its place."""

    found: Found
    hashes: Hashes
    home: Home
    offset: int


class Packing:
    """Places files one after the other, by path. Each is read at most once, a large one twice."""

    def __init__(self, folder: Path, cache: StatCache, base: Index | None, shards: Shards, meter: Meter) -> None:
        """`base`: the version before, whose shards are used again as far as `shards` does not call them lost."""
        self._folder, self._cache, self._shards, self._meter = os.fspath(folder), cache, shards, meter
        self._packer, self._open = packs.Packer(), Home()
        self._base = {file.path: file for file in base.files} if base else {}
        self._homes = _homes(base, shards.lost) if base else []

    def place(self, file: Found) -> Placed:
        """Reuse, or read and pack."""
        hashes = self._cache.known(file)
        placed = self._reuse(file, hashes) if hashes else None
        if placed is None:
            placed = self._large(file) if file.size >= packs.SHARD else self._small(file)
        self._meter.add(file.size, 1)
        return placed

    def seal(self) -> None:
        """Send the open shard."""
        tar = self._packer.seal()
        if tar:
            self._open.sent = self._shards.send(tar)
            self._open = Home()

    def _reuse(self, file: Found, hashes: Hashes) -> Placed | None:
        """The place of the same file in the version before, unless its shard is to be packed anew."""
        old = self._base.get(file.path)
        if old is None or (old.size, old.crc32c, old.digest) != (file.size, *hashes):
            return None
        home = self._homes[old.shard]
        return Placed(file, hashes, home, old.offset) if home else None

    def _small(self, file: Found) -> Placed:
        data = scan.read(self._folder, file)
        hashes = scan.hashes(data)
        placed = self._reuse(file, hashes)
        if placed is not None:
            return placed
        header = packs.header(file.path, file.size, file.mode)
        if not self._packer.fits(header, data):
            self.seal()
        return Placed(file, hashes, self._open, self._packer.add(header, data))

    def _large(self, file: Found) -> Placed:
        """A shard of its own, sent in parts: read once for its name, and once more when it has to travel."""
        hashes, shard = self._hash_large(file)
        placed = self._reuse(file, hashes)
        if placed is not None:
            return placed
        self._shards.send_large(shard, self._tar_of(file, scan.pieces(self._folder, file)))
        return Placed(file, hashes, Home(shard), len(packs.header(file.path, file.size, file.mode)))

    def _hash_large(self, file: Found) -> tuple[Hashes, Shard]:
        own, whole, crc, whole_crc, size = hashlib.sha256(), hashlib.sha256(), 0, 0, 0

        def own_pieces() -> Iterator[bytes]:
            nonlocal crc
            for piece in scan.pieces(self._folder, file):
                own.update(piece)
                crc = google_crc32c.extend(crc, piece)
                yield piece

        for piece in self._tar_of(file, own_pieces()):
            whole.update(piece)
            whole_crc = google_crc32c.extend(whole_crc, piece)
            size += len(piece)
        return Hashes(crc, own.hexdigest()[: scan.DIGITS]), Shard(whole.hexdigest(), size, whole_crc)

    def _tar_of(self, file: Found, pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield packs.header(file.path, file.size, file.mode)
        yield from pieces
        yield packs.padding(file.size) + packs.END


def entries(placed: list[Placed]) -> tuple[list[Shard], list[File]]:
    """What an index says about them; waits for the shards."""
    homes = {id(file.home): file.home for file in placed}
    numbers: dict[Shard, int] = {}
    number_of = {key: numbers.setdefault(home.shard(), len(numbers)) for key, home in homes.items()}
    files = [
        File(file.path, file.size, hashes.crc32c, hashes.digest, file.mode, number_of[id(home)], offset)
        for file, hashes, home, offset in placed
    ]
    return list(numbers), files


def kept(base: Index, without: Collection[str]) -> list[Placed]:
    """The files of a version as they lie, but for some."""
    homes = [Home(shard) for shard in base.shards]

    def placed(file: File) -> Placed:
        found = Found(file.path, file.size, 0, 0, 0, file.mode)
        return Placed(found, Hashes(file.crc32c, file.digest), homes[file.shard], file.offset)

    return [placed(file) for file in base.files if file.path not in without]


def _homes(base: Index, lost: Collection[str]) -> list[Home | None]:
    """A home for each shard of the version before; None for one whose files are to be packed anew."""
    used = [0] * len(base.shards)
    for file in base.files:
        used[file.shard] += packs.BLOCK + file.size + -file.size % packs.BLOCK
    small = [shard.size < SMALL for shard in base.shards]
    crowded = sum(small) > MANY
    return [
        None if use < SPARSE * shard.size or (crowded and tiny) or shard.digest in lost else Home(shard)
        for use, shard, tiny in zip(used, base.shards, small, strict=True)
    ]
