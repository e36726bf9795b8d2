"""`ferry cp`: files of a run to this machine, verified before they get their final name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainferry.data.copy import fetch_file
from trainferry.errors import BadInput
from trainferry.runs import reader
from trainferry.store import Store


@dataclass(frozen=True)
class Copied:
    """`size` in bytes; `crc32c` is that of the store and of the file."""

    source: str
    target: str
    size: int
    crc32c: int


def copy(store: Store, run: str, what: str, target: str, progress: Callable[[str], None]) -> list[Copied]:
    """`what`: best, last, a path or a glob below {output}; a folder keeps its structure.

    Raises Missing, Corrupt, Forbidden, Full.
    """
    files = reader.files(store, run)
    paths = reader.select(store, run, what)
    into = Path(target).expanduser()
    if len(paths) > 1 and into.is_file():
        message = f"cp {run}:{what}: {len(paths)} files do not fit into the file {target}"
        raise BadInput(message, f"ferry cp {run}:{what} FOLDER/")
    if into.exists() and not (into.is_file() or into.is_dir()):
        raise BadInput(f"cp {run}:{what}: {target} is neither a file nor a folder", f"ferry cp {run}:{what} .")
    copied = []
    for path in paths:
        stored = files[path]
        place = _place(path, paths, into, target)
        place.parent.mkdir(parents=True, exist_ok=True)
        fetch_file(store, stored.objects, stored.size, stored.crc32c, place)
        progress(f"{place}   {stored.size:,} bytes   verified")
        copied.append(Copied(f"{run}:{path}", str(place), stored.size, stored.crc32c))
    return copied


def _place(path: str, paths: list[str], into: Path, target: str) -> Path:
    """One file goes into a folder under its own name, several under their paths."""
    if len(paths) > 1:
        return into / path
    return into / Path(path).name if into.is_dir() or target.endswith("/") else into
