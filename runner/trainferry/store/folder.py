"""A folder whose names are followed part by part, so that nothing but its own plain files is ever opened.

The folder itself may be a link. Below it no link is followed, and what is not a regular file with one name (a fifo, a
device, a hard link to somebody else's bytes) is no file, also when it is put there while the name is being followed.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EMLINK)

_REPLACED = 100  # times that a file may be replaced while it is opened


def descend(root: Path, parts: Sequence[str], create: bool = False) -> int:
    """A descriptor of the folder `parts` below `root`, made where it is missing when `create`. Raises OSError."""
    folder = _root(root, create)
    for depth, part in enumerate(parts):
        try:
            inner = _step(folder, part, create)
        except OSError as error:
            error.filename = str(root.joinpath(*parts[: depth + 1]))
            raise
        finally:
            os.close(folder)
        folder = inner
    return folder


@contextmanager
def descended(root: Path, parts: Sequence[str], create: bool = False) -> Iterator[int]:
    """`descend`, closed at the end."""
    folder = descend(root, parts, create)
    try:
        yield folder
    finally:
        os.close(folder)


def open_file(root: Path, name: str) -> BinaryIO:
    """The plain file `name` below `root`. FileNotFoundError for everything else that may be there."""
    *parts, last = name.split("/")
    try:
        folder = descend(root, parts)
        try:
            return open_in(folder, last)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in NOT_THERE:
            raise FileNotFoundError(errno.ENOENT, "no such file", name) from None
        raise


def open_in(folder: int, last: str) -> BinaryIO:
    """The plain file of that name in an open folder. Raises OSError."""
    for _ in range(_REPLACED):
        descriptor = os.open(last, _FILE, dir_fd=folder)
        try:
            opened = os.fstat(descriptor)
            named = os.stat(last, dir_fd=folder, follow_symlinks=False)
        except BaseException:
            os.close(descriptor)
            raise
        # a link count alone would not do: somebody may have taken his hard link away again meanwhile
        if (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino):
            if stat.S_ISREG(named.st_mode) and named.st_nlink == 1:
                return open(descriptor, "rb")
            if named.st_nlink:  # without any it was replaced this moment
                os.close(descriptor)
                raise FileNotFoundError(errno.ENOENT, "not a plain file", last)
        os.close(descriptor)
    raise OSError(errno.EAGAIN, "it is replaced all the time", last)


def files(root: Path, prefix: str, after: str = "") -> Iterator[tuple[int, str]]:
    """Names below `root` that start with `prefix` and come behind `after`, in order; each with its open folder.

    The folder's descriptor is good until the next name is asked for. Folders that go meanwhile are passed over.
    """
    top = prefix.rpartition("/")[0]
    with suppress(FileNotFoundError, NotADirectoryError), descended(root, top.split("/") if top else ()) as folder:
        yield from _files(folder, f"{top}/" if top else "", prefix, after)


def prune(root: Path, parts: Sequence[str]) -> None:
    """Removes the folder `parts` and those above it that hold nothing any more."""
    with suppress(OSError):
        for depth in range(len(parts), 0, -1):
            with descended(root, parts[: depth - 1]) as folder:
                os.rmdir(parts[depth - 1], dir_fd=folder)


def _root(root: Path, create: bool) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        if not create:
            raise
    root.mkdir(parents=True, exist_ok=True)
    return _root(root, create=False)


def _step(folder: int, part: str, create: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):
        os.mkdir(part, dir_fd=folder)
    return os.open(part, _FOLDER, dir_fd=folder)


def _files(folder: int, base: str, prefix: str, after: str) -> Iterator[tuple[int, str]]:
    """In order of the whole names: `a-b` comes before `a/b`."""
    with os.scandir(folder) as entries:
        kinds = {f"{one.name}/" if one.is_dir(follow_symlinks=False) else one.name for one in entries}
    for entry in sorted(kinds):
        name = base + entry
        if not entry.endswith("/"):
            if name.startswith(prefix) and name > after:
                yield folder, name
        elif (name.startswith(prefix) or prefix.startswith(name)) and (name > after or after.startswith(name)):
            with suppress(FileNotFoundError, NotADirectoryError), _inside(folder, entry[:-1]) as inner:
                yield from _files(inner, name, prefix, after)


@contextmanager
def _inside(folder: int, part: str) -> Iterator[int]:
    inner = os.open(part, _FOLDER, dir_fd=folder)
    try:
        yield inner
    finally:
        os.close(inner)
