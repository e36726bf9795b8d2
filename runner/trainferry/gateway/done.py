"""What an upload became: written right before the object is there, so that a second commit gets the same answer."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from trainferry.store.folder import descended, open_file
from trainferry.store.protocol import ObjectInfo

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(root: Path, name: tuple[str, ...]) -> ObjectInfo | None:
    """The object; it counts only when the upload's part is gone. None when nothing (whole) is there."""
    try:
        with open_file(root, "/".join(name)) as file:
            return ObjectInfo(**json.load(file))
    except (OSError, ValueError, TypeError):
        return None


def write(root: Path, name: tuple[str, ...], info: ObjectInfo) -> None:
    """Raises OSError."""
    *folder, last = name
    with descended(root, folder) as place:
        descriptor = os.open(last, _NEW, 0o600, dir_fd=place)
    with open(descriptor, "w") as file:
        json.dump(asdict(info), file)
