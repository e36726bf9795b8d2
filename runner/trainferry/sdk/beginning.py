"""`ferry init`: one small file, and a look whether what it names would work."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trainferry.errors import BadInput
from trainferry.sdk.doctor import examine
from trainferry.spec import settings
from trainferry.spec.settings import Settings
from trainferry.store import open_store
from trainferry.store.os_errors import translated

FILE = "ferry.toml"
NEEDED = ("cluster", "store", "permissions")  # the other checks of `ferry doctor` may fail: a build may come later


def init(values: dict[str, Any], replace: bool, folder: Path | None = None) -> Iterator[str]:
    """Write ferry.toml into `folder` (the current one) and yield the story. Raises before anything is written."""
    target = (folder or Path.cwd()) / FILE
    if target.exists() and not replace:
        raise BadInput(f"{target.name} is here already", "ferry init --yes replaces it")
    found = settings.load(values, os.environ, target.parent, file=False)
    if found.engine == "kubernetes":
        yield from _look(found)
    else:
        open_store(found.store)
        yield f"no cluster configured: runs will execute on this machine (engine: local, store: {found.store})"
    with translated(target):
        settings.write(target, values)
    yield f"wrote {FILE}"


def _look(found: Settings) -> Iterator[str]:
    """What the cluster says. Raises what makes runs impossible; the rest is told."""
    for result in examine(found):
        if result.error is not None and result.check in NEEDED:
            raise result.error
        yield f"{result.check}: {'ok' if result.ok else 'FAILED'}  {result.detail}".rstrip()
