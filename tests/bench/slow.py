"""The same jobs over a slow line (link.py): 30 ms away, and at 12.5 MB/s. Slices, ours beside each peer.

python -m tests.bench.slow [--files 60000] [--slice 1500] [--size 64] [--rounds 1] [--only rclone]       # as root

As in folders.py a peer moves slices, of which its time for all files is computed; ours moves all of them.
"""

import argparse
import os
from functools import partial

from tests.bench import files, folders
from tests.bench.link import SERVER, Line, line
from tests.bench.servers import emulator

LINES = {"30 ms there and back": Line(delay=0.015), "12.5 MB/s": Line(rate=12.5e6)}


def main(words: list[str] | None = None) -> None:
    """See the top."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.slow", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=60_000)
    parser.add_argument("--slice", type=int, default=1_500)
    parser.add_argument("--size", type=int, default=64, help="MiB of the large file")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="", help="peers, with commas")
    flags = parser.parse_args(words)
    only = set(flags.only.split(",")) - {""}
    if os.geteuid():
        print("not root: no line")
        return
    for name, how in LINES.items():
        with line(how) as there:
            serve = partial(emulator, SERVER, there)
            print(f"-- {name}", flush=True)
            print("\n".join(folders.report(flags.files, flags.slice, flags.rounds, only, serve)), flush=True)
            print("\n".join(files.report(flags.size, flags.rounds, only, serve)), flush=True)


if __name__ == "__main__":
    main()
