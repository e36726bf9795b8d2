"""What another user's command wrote for itself alone, made readable for the agent (through the volume's group)."""

from __future__ import annotations

import os
import stat


def open_to(reader: str, folder: str) -> None:
    """Add group rights below `folder` when the owner of the file `reader` is not us."""
    if not folder or os.stat(reader).st_uid == os.getuid():
        return
    for parent, _, names in os.walk(folder):
        _allow(parent, stat.S_IRGRP | stat.S_IXGRP)
        for name in names:
            _allow(os.path.join(parent, name), stat.S_IRGRP)


def _allow(path: str, rights: int) -> None:
    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and mode & rights != rights:
            os.chmod(path, stat.S_IMODE(mode) | rights)
    except OSError:
        pass  # not ours: the agent will say which file it cannot read
