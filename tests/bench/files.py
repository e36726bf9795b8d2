"""One large checkpoint into a bucket and out again: `ferry cp` beside rclone, the GCS library and obstore.

python -m tests.bench.files [--size 2048] [--rounds 3] [--only rclone,library]        # MiB

Interleaved, each upload into a server of its own (it keeps everything in memory), medians of rounds. After each upload
the server's crc32c is compared with the file's, after each download the file's: whoever is fast and wrong fails.
fake-gcs-server copies all that came before for each chunk of a resumable upload (16 MiB with rclone, 100 MiB with the
library), and hashes a composed object (ours) once more; obstore sends one request. A bucket does neither.
"""

import argparse
import base64
import json
import os
import statistics
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import google_crc32c

from tests.bench.commands import Peer, ferry, peers
from tests.bench.folders import scratch_folder
from tests.bench.servers import Serve, emulator
from tests.bench.timed import Timed
from tests.cluster.gcs_server import GcsServer

SLOW = {"gsutil", "gcsfs"}  # one request after the other: many times slower, not worth a reader's minutes
WAYS = {"up": ("up",), "down": ("down", "down-chunks")}


def make(path: Path, size: int) -> int:
    """`size` MiB that do not compress. Returns the crc32c."""
    crc = 0
    with path.open("wb") as file:
        for _ in range(size):
            piece = os.urandom(1 << 20)
            crc = google_crc32c.extend(crc, piece)
            file.write(piece)
    return crc


def stored_crc32c(server: GcsServer, bucket: str, name: str) -> int:
    """Of an object, as the server computed it."""
    with urllib.request.urlopen(f"{server.url}/storage/v1/b/{bucket}/o/{name}") as answer:
        return int.from_bytes(base64.b64decode(json.load(answer)["crc32c"]), "big")


def crc32c_of(path: Path) -> int:
    """Of a file."""
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            crc = google_crc32c.extend(crc, piece)
    return crc


def there_and_back(peer: Peer, server: GcsServer, source: Path, crc: int) -> dict[str, Timed]:
    """Both directions, both verified; by every way down that the peer has."""
    server.make_bucket("files")
    found = {"up": peer.run("up", source, "files", "model.ckpt")}
    assert stored_crc32c(server, "files", "model.ckpt") == crc, f"{peer.name} stored other bytes"
    target = source.with_name("fetched")
    for way in WAYS["down"] if peer.name == "library" else ("down",):
        found[way] = peer.run(way, target, "files", "model.ckpt")
        assert crc32c_of(target) == crc, f"{peer.name} fetched other bytes"
        target.unlink()
    return found


def measure(
    size: int, rounds: int, wanted: Callable[[str], bool], serve: Serve
) -> tuple[dict[str, dict[str, list[Timed]]], list[float]]:
    """For each peer and way, a Timed a round; and the load after each round."""
    found: dict[str, dict[str, list[Timed]]] = defaultdict(lambda: defaultdict(list))
    load = []
    with scratch_folder() as scratch:
        source = Path(scratch) / "model.ckpt"
        crc = make(source, size)
        names = ["ferry", *(peer.name for peer in peers("http://127.0.0.1:1", Path(scratch)) if wanted(peer.name))]
        for _ in range(rounds):
            for name in names:
                with serve() as server:
                    all_peers = [ferry(server.url, Path(scratch) / "cache"), *peers(server.url, Path(scratch))]
                    peer = next(peer for peer in all_peers if peer.name == name)
                    for way, timed in there_and_back(peer, server, source, crc).items():
                        found[name][way].append(timed)
            load.append(os.getloadavg()[0])
    return found, load


def report(size: int, rounds: int, only: set[str], serve: Serve = emulator) -> list[str]:
    """A line a way and peer."""
    found, load = measure(size, rounds, lambda name: name in only if only else name not in SLOW, serve)
    lines = []
    for direction, ways in WAYS.items():
        ours = statistics.median(timed.seconds for timed in found["ferry"][direction])
        for name, ways_of in found.items():
            for way in ways:
                if name == "ferry" or way not in ways_of:
                    continue
                theirs = statistics.median(timed.seconds for timed in ways_of[way])
                peak = max(timed.megabytes for timed in ways_of[way])
                cpu = statistics.median(timed.cpu for timed in ways_of[way])
                label = f"{way:<12} {name:>8} / ferry"
                lines.append(
                    f"{label} {theirs / ours:6.2f} x   {theirs:6.2f} s / {ours:.2f} s   its peak {peak:.0f} MB"
                )
        peak = max(timed.megabytes for timed in found["ferry"][direction])
        cpu = statistics.median(timed.cpu for timed in found["ferry"][direction])
        lines.append(
            f"{direction:<12} ferry {size / ours:.0f} MiB/s, crc32c on both ends, peak {peak:.0f} MB, CPU {cpu:.1f} s"
        )
    return [*lines, f"{size} MiB, {rounds} rounds, load {min(load):.1f} to {max(load):.1f}"]


def main(words: list[str] | None = None) -> None:
    """See the top."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.files", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=2048, help="MiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="peers, with commas")
    flags = parser.parse_args(words)
    print("\n".join(report(flags.size, flags.rounds, set(flags.only.split(",")) - {""})))


if __name__ == "__main__":
    main()
