"""A folder is filled beside its place and moved there when it is complete."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainferry.errors import BadInput
from trainferry.store.os_errors import printable, translated


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """An empty folder on the same file system as `place`; what is left in it at the end is removed.

    One process at a time: it is locked, and what a killed one left in it goes.
    """
    inside = place if os.path.ismount(place) else place.parent
    temporary = inside / f".{place.name[:200]}.ferry-pull"
    with translated(place):
        if place.exists() and not place.is_dir():
            raise BadInput(f"{printable(place)}: in the way, and not a folder")
        inside.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(temporary, place)
    try:
        with translated(temporary):
            _empty(temporary)
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(descriptor)


def move(source: Path, place: Path) -> None:
    """All that is in `source` to `place`: in one step when that is not there or empty, else file by file.

    Checked before the first file moves: BadInput names a folder or link that is in the way.
    """
    with translated(place):
        if not os.path.ismount(place) and (not place.exists() or not any(place.iterdir())):
            os.replace(source, place)
            return
        folders, files = _tree(source)
        _refuse_obstacles(place, folders, files)
        for folder in folders:
            os.makedirs(place / folder, exist_ok=True)
        for file in files:
            os.replace(source / file, place / file)


def _locked(folder: Path, place: Path) -> int:
    """Creates and locks; a folder that was moved away between the two is not ours."""
    while True:
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BadInput(f"{printable(place)}: another pull writes there", "wait for it to end") from None
        if folder.exists() and os.path.samestat(os.fstat(descriptor), os.stat(folder)):
            return descriptor
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def _tree(top: Path) -> tuple[list[str], list[str]]:
    """Folders (parents first) and files below, as relative paths."""
    folders, files = [], []
    for folder, _, names in os.walk(top):
        relative = os.path.relpath(folder, top)
        folders.append(relative)
        files += [os.path.normpath(os.path.join(relative, name)) for name in names]
    return folders, files


def _refuse_obstacles(place: Path, folders: list[str], files: list[str]) -> None:
    for folder in folders[1:]:
        path = place / folder
        if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
            raise BadInput(f"{printable(path)}: in the way, and not a folder")
    for file in files:
        if (place / file).is_dir() and not (place / file).is_symlink():
            raise BadInput(f"{printable(place / file)}: in the way, a folder")
