"""Which names objects may have: the same ones on a folder and in a bucket."""

import re

from trainferry.errors import BadInput

RESERVED = ".ferry"  # the folder store keeps its lock and unfinished writes there
PARTS = "cp.parts"  # parts of large objects on their way: `cp.parts/<upload>/<part>`
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check(name: str) -> str:
    """The name itself, or BadInput: relative, UTF-8, no empty, `.` or `..` part, at most 1024 bytes."""
    reason = _wrong(name)
    if reason:
        raise BadInput(f"object name {name!r}: {reason}")
    return name


def is_name(name: str) -> bool:
    """Whether `check` takes it."""
    return not _wrong(name)


def check_prefix(prefix: str) -> str:
    """Like `check`, for the beginning of names: it may be empty and may end anywhere."""
    if prefix:
        check(prefix.rstrip("/") if prefix.endswith("/") and not prefix.endswith("//") else prefix)
    return prefix


def _wrong(name: str) -> str:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "not UTF-8"
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts:
        return "names are relative and have no empty, `.` or `..` part"
    if parts[0] == RESERVED:
        return f"names do not begin with {RESERVED}/"
    if size > 1024 or any(len(part.encode()) > 255 for part in parts):
        return "longer than 1024 bytes, or 255 a part"
    return "it holds a control character" if _CONTROL.search(name) else ""
