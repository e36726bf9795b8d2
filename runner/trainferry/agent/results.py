"""What runs have brought back, fetched for somebody who reads it.

python3 -m trainferry.agent.results STORE RUN FOLDER
python3 -m trainferry.agent.results STORE RUN FOLDER --unless OTHER     only when OTHER has published nothing yet
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from trainferry.agent.scan import Seen, known
from trainferry.data import copy
from trainferry.data.archive import safe
from trainferry.errors import FerryError
from trainferry.runs import reader
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store
from trainferry.store.open import open_store

AT_ONCE = 8


def fetch(store: Store, run: str, folder: Path) -> int:
    """Every file that the run has published so far, verified, with its own mode and time; returns how many."""
    found = reader.files(store, run)
    with ThreadPoolExecutor(AT_ONCE, "results") as pool:
        for _ in pool.map(lambda path: _file(store, found[path], folder / safe(path)), found):
            pass
    return len(found)


def _file(store: Store, file: StoredFile, target: Path) -> None:
    """Unless just this is there already."""
    if target.exists() and known(file, Seen.of(target.stat())):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    copy.fetch_file(store, file.objects, file.size, file.crc32c, target)
    target.chmod(file.mode)
    os.utime(target, (file.mtime, file.mtime))


def main(arguments: list[str] | None = None) -> int:
    """0, or the error's exit code after one line."""
    flags = argparse.ArgumentParser(prog="trainferry.agent.results")
    for word in ("store", "run", "folder"):
        flags.add_argument(word)
    flags.add_argument("--unless", default="")
    asked = flags.parse_args(arguments)
    store = open_store(asked.store)
    try:
        if asked.unless and reader.files(store, asked.unless):
            return 0
        count = fetch(store, asked.run, Path(asked.folder))
    except FerryError as error:
        sys.stderr.write(f"[ferry] {error}\n")
        return error.exit_code
    sys.stderr.write(f"[ferry] {asked.run}: {count:,} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
