"""The files of a share on this machine: verified by crc32c and sha256, then renamed."""

import hashlib
import os
import posixpath
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import google_crc32c

from trainferry.errors import BadInput, Corrupt
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store import names
from trainferry.store.os_errors import printable, translate

Read = Callable[[SharedFile], Iterator[bytes]]


class Fetched(NamedTuple):
    """`target` is the file's path here."""

    file: SharedFile
    target: Path


def fetch(record: ShareRecord, read: Read, target: str) -> Iterator[Fetched]:
    """One after the other into the folder `target`; the one file that the share is about also under another name.

    `read` gives a file's bytes. Raises BadInput, Corrupt (what was there before stays), Forbidden, Full.
    """
    for file, place in _places(record, target):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _fetch(file, read(file), place)
        except OSError as error:
            raise translate(OSError(error.errno, error.strerror), place) from error
        yield Fetched(file, place)


def _places(record: ShareRecord, target: str) -> list[tuple[SharedFile, Path]]:
    """What all paths begin with is left out, so that one file, and what tells about it, need no folders."""
    into = Path(target).expanduser()
    for file in record.files:
        try:
            names.check(file.path)
        except BadInput as error:
            raise Corrupt(f"share {record.id} names a file {file.path!r}, which is none") from error
    if into.is_dir() or target.endswith("/") or record.main is None:
        if into.exists() and not into.is_dir():
            raise BadInput(f"cp share:{record.id}: {len(record.files)} files do not fit into the file {target}")
        common = posixpath.commonpath([posixpath.dirname(file.path) for file in record.files])
        return [(file, into / posixpath.relpath(file.path, common or ".")) for file in record.files]
    if into.exists() and not into.is_file():
        raise BadInput(f"cp share:{record.id}: {target} is neither a file nor a folder")
    return [(record.main, into)]


def _fetch(file: SharedFile, pieces: Iterator[bytes], place: Path) -> None:
    temporary = place.parent / f".ferry-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as out:
            wrong = _flaw(file, pieces, out)
            if wrong:
                raise Corrupt(f"{printable(place)}: {wrong}")
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, place)
    finally:
        temporary.unlink(missing_ok=True)


def _flaw(file: SharedFile, pieces: Iterator[bytes], out: BinaryIO) -> str:
    """Writes the pieces; what is wrong with them, "" when they are just what was shared."""
    size = crc = 0
    digest = hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        if size > file.size:
            return f"more than the {file.size} bytes that were shared"
        crc = google_crc32c.extend(crc, piece)
        digest.update(piece)
        out.write(piece)
    if size != file.size:
        return f"{size} bytes came, not {file.size}"
    if crc != file.crc32c:
        return f"crc32c {crc:08x} is not the shared {file.crc32c:08x}"
    found = digest.hexdigest()
    return "" if found == file.sha256 else f"sha256 {found} is not the shared {file.sha256}"
