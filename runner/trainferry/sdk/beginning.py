"""`ferry init`: one small file, and a look whether what it names would work."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trainferry.errors import BadInput
from trainferry.sdk.doctor import examine
from trainferry.sdk.ferry import Ferry
from trainferry.spec import settings
from trainferry.store import open_store

FILE = "ferry.toml"


def init(values: dict[str, Any], replace: bool, folder: Path | None = None) -> Iterator[str]:
    """Write ferry.toml into `folder` (the current one) and yield the story. Raises before anything is written."""
    target = (folder or Path.cwd()) / FILE
    if target.exists() and not replace:
        raise BadInput(f"{target.name} is here already", "ferry init --yes replaces it")
    found = settings.load(values, os.environ, target.parent, file=False)
    open_store(found.store)
    if found.engine == "kubernetes":
        yield from _look(values, target.parent)
    else:
        yield f"no cluster configured: runs will execute on this machine (engine: local, store: {found.store})"
    settings.write(target, values)
    yield f"wrote {FILE}"


def _look(values: dict[str, Any], folder: Path) -> Iterator[str]:
    ferry = Ferry(cwd=folder, **values)
    for result in examine(ferry):
        yield f"{result.check}: {'ok' if result.ok else 'FAILED'}  {result.detail}".rstrip()
