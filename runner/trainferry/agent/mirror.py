"""A run's event files, mirrored for a TensorBoard beside us: `python3 -m trainferry.agent.mirror STORE RUN FOLDER`.

Files grow by appending only: TensorBoard never returns to an older or a replaced file.
"""

import signal
import sys
import threading
from pathlib import Path

from trainferry.errors import FerryError
from trainferry.runs import manifest, reader
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store
from trainferry.store.open import open_store

POLL = 5.0  # seconds between two looks: the agent of the run publishes at most that often


def mirror(store: Store, run: str, folder: Path) -> int:
    """Append what is new in the store to the files below `folder`; returns how many bytes that were."""
    files, _ = manifest.load(store, run)
    events = sorted((path, file) for path, file in files.files.items() if "tfevents" in Path(path).name)
    return sum(_append(store, file, folder / path) for path, file in events)


def main(arguments: list[str]) -> None:
    """Mirror until SIGTERM; a store that is away for a moment is looked at again."""
    url, run, folder = arguments
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = open_store(url)
    while not stop.is_set():
        try:
            mirror(store, run, Path(folder))
        except FerryError as error:
            sys.stderr.write(f"{error}\n")
        stop.wait(POLL)


def _append(store: Store, file: StoredFile, target: Path) -> int:
    have = target.stat().st_size if target.exists() else 0
    if have >= file.size:
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("ab") as out:
        return sum(out.write(piece) for piece in reader.pieces(store, file, have))


if __name__ == "__main__":
    main(sys.argv[1:])
