"""What is in the output folder: regular files, by their path below it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainferry.errors import BadInput
from trainferry.runs.manifest import StoredFile
from trainferry.store import names
from trainferry.store.os_errors import printable

OURS = ".ferry-"  # unfinished files of the restore


@dataclass(frozen=True)
class Seen:
    """A file at one moment; equal stats mean that nothing was written in between."""

    size: int
    mtime_ns: int
    inode: int
    mode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "Seen":
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_mode & 0o777)

    @property
    def mtime(self) -> float:
        return self.mtime_ns / 1e9


@dataclass
class Scan:
    """`files` can be stored; `refused` cannot: path -> why."""

    files: dict[str, Seen]
    refused: dict[str, str]


def known(stored: StoredFile | None, seen: Seen) -> bool:
    """Whether just what was seen is stored."""
    return stored is not None and stored.size == seen.size and abs(stored.mtime - seen.mtime) < 1e-5


def scan(root: Path) -> Scan:
    """Links are followed to files inside of `root` only (`last.ckpt` to another); sockets are no files."""
    found = Scan({}, {})
    inside = os.path.realpath(root) + os.sep
    for entry in _entries(os.fspath(root)):
        path = os.path.relpath(entry.path, root)
        try:
            _take(found, entry, path, inside)
        except OSError:
            continue  # it went away while we looked, or is a link that leads nowhere
        except BadInput as error:
            found.refused[printable(path)] = error.message
    return found


def _take(found: Scan, entry: "os.DirEntry[str]", path: str, inside: str) -> None:
    if not entry.is_file() or entry.name.startswith(OURS):
        return
    if entry.is_symlink() and not os.path.realpath(entry.path).startswith(inside):
        return
    names.check(path)
    found.files[path] = Seen.of(entry.stat())


def _entries(folder: str) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except (FileNotFoundError, PermissionError):
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path)
        else:
            yield entry
