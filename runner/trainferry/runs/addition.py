"""Files that people add to the output of a run, by compare-and-swap of its manifest."""

from collections.abc import Collection, Mapping

from trainferry.errors import BadInput, Changed
from trainferry.runs import manifest
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store

TRIES = 8


def check(run: str, known: Collection[str], path: str) -> None:
    """BadInput when a file and a folder would have one name."""
    parents = [path[:at] for at, char in enumerate(path) if char == "/"]
    taken = next((parent for parent in parents if parent in known), "")
    if taken:
        raise BadInput(f"{run}:{path}: {taken} is a file already")
    if any(other.startswith(f"{path}/") for other in known):
        raise BadInput(f"{run}:{path}: this name is a folder already", f"ferry cp FILE {run}:{path}/")


def add(store: Store, run: str, files: Mapping[str, StoredFile]) -> None:
    """The files, whose objects are stored, become part of the output; others of the same path go. Raises Changed."""
    for _ in range(TRIES):
        found, generation = manifest.load(store, run)
        for path, file in files.items():
            check(run, found.files, path)
            found.files[path] = file
        try:
            manifest.save(store, found, generation)
        except Changed:
            continue
        return
    raise Changed(f"{run}: its output is being changed by somebody else", "try again")
