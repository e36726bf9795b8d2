"""What the operating system's refusals mean to a user: one table."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainferry.errors import BadInput, FerryError, Forbidden, Full, Missing, Unreachable

_MEANING: dict[int, tuple[type[FerryError], str]] = {
    errno.ENOENT: (Missing, "no such file"),
    errno.ENOSPC: (Full, "no space left"),
    errno.EDQUOT: (Full, "the disk quota is used up"),
    errno.EFBIG: (Full, "larger than this file system takes"),
    errno.EACCES: (Forbidden, "permission denied"),
    errno.EPERM: (Forbidden, "permission denied"),
    errno.EROFS: (Forbidden, "the file system is read-only"),
    errno.ENOTDIR: (BadInput, "a part of this name is a file already"),
    errno.EEXIST: (BadInput, "a part of this name is a file already"),
    errno.EISDIR: (BadInput, "this name is a folder already"),
    errno.ENAMETOOLONG: (BadInput, "the name is too long for this file system"),
}
_HINTS: dict[type[FerryError], str] = {Full: "`df -h` shows where the space went"}


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """An OSError inside becomes one of ours, with the path that it is about (`path` when it does not say)."""
    try:
        yield
    except OSError as error:
        raise translate(error, path) from error


def translate(error: OSError, path: Path | str) -> FerryError:
    """The one-line error; what the table does not know is Unreachable with the system's own words."""
    kind, reason = _MEANING.get(error.errno or 0, (Unreachable, (error.strerror or str(error)).lower()))
    return kind(f"{printable(error.filename or path)}: {reason}", _HINTS.get(kind, ""))


def printable(path: Path | str | bytes) -> str:
    """A path on one line, bytes that are not UTF-8 as \\xNN."""
    text = str(path, "utf-8", "surrogateescape") if isinstance(path, bytes) else str(path)
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in shown)
