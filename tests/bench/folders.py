"""60,000 small files: push, push once more unchanged, push with ten changed files, pull; ours beside five peers.

python -m tests.bench.folders [--files 60000] [--slice 3000] [--rounds 3] [--only rclone,obstore]

All interleaved, against the same server; medians of rounds. Ours moves all the files. A peer moves a slice and two
slices, and the whole is computed from the two. fake-gcs-server looks through all objects of the bucket for every
upload, so that a peer that stores each file by itself would pay for the server: it pushes a third of a slice, and half
of that, into fresh buckets, which is kind to it; that pushing is linear is shown. Folders lie in memory (/dev/shm)
where that can be, so that the disk's mood is nobody's. gsutil's downloads do not survive plain HTTP: its pull is not
measured.
"""

import argparse
import os
import random
import shutil
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.bench.commands import Peer, ferry, peers
from tests.bench.servers import Serve, emulator
from tests.cluster import gcs_server as gcs
from tests.cluster.gcs_server import GcsServer

SIZES = (1800, 2720)  # bytes of a small PNG: 60,000 of them are 129 MiB
WRITTEN = 1793491200  # when all files were written: with_obstore.py tells the server the same
ROWS = ("push", "unchanged", "ten changed", "pull")
MEMORY = Path("/dev/shm")


class Bench:
    """Folders with files, a server, and who is measured."""

    def __init__(self, scratch: Path, server: GcsServer, files: int, part: int, only: set[str]) -> None:
        self.scratch, self.server, self.files, self.part = scratch, server, files, part
        self.ours = ferry(server.url, scratch / "cache")
        found = peers(server.url, scratch)
        self.seeder = next(peer for peer in found if peer.name == "obstore")
        self.peers = [peer for peer in found if not only or peer.name in only]
        self.seconds: dict[tuple[str, str, int], list[float]] = defaultdict(list)
        self.memory: dict[str, float] = defaultdict(float)

    def prepare(self) -> None:
        """The folders; for each peer two of its own, and buckets that hold them already."""
        make(self.scratch / "all", self.files)
        for peer in self.peers:
            for count in self._parts("pull"):
                folder = self.scratch / f"{peer.name}-{count}"
                make(folder, count)
                self.server.make_bucket(folder.name)
                self.seeder.run("push", folder, folder.name, "data")
        for count in self._parts("push"):
            make(self.scratch / f"push-{count}", count)

    def round(self, number: int) -> None:
        """Everything once."""
        self._ours(number)
        for peer in self.peers:
            for count in self._parts("push"):
                bucket = f"{peer.name}-{count}-{number}"
                self.server.make_bucket(bucket)
                self._measure(peer, "push", "push", count, self.scratch / f"push-{count}", bucket)
            for count in self._parts("pull"):
                folder = self.scratch / f"{peer.name}-{count}"
                self._measure(peer, "unchanged", "sync", count, folder, folder.name)
                change_ten(folder)
                self._measure(peer, "ten changed", "sync", count, folder, folder.name)
                if peer.name != "gsutil":
                    self._pull(peer, count, folder.name)

    def whole(self, peer: str, row: str) -> float:
        """Seconds for all the files: of ours measured, of a peer's computed from a smaller and a larger part."""
        if peer == "ferry":
            return self._median(peer, row, self.files)
        small, large = self._parts(row)
        first, second = self._median(peer, row, small), self._median(peer, row, large)
        return first + max(0.0, second - first) / (large - small) * (self.files - small)

    def measured(self, peer: str, row: str) -> bool:
        """Whether it was."""
        return bool(self.seconds[peer, row, self._parts(row)[1]])

    def linear(self, peer: str) -> float:
        """Pushing a part to pushing half of it; 2 where a push is linear and starting costs nothing."""
        small, large = self._parts("push")
        return self._median(peer, "push", large) / self._median(peer, "push", small)

    def _median(self, peer: str, row: str, count: int) -> float:
        return statistics.median(self.seconds[peer, row, count])

    def _parts(self, row: str) -> tuple[int, int]:
        """Half a part and a part, in files."""
        part = self.part // 3 if row == "push" else 2 * self.part
        return part // 2, part

    def _ours(self, number: int) -> None:
        """In a bucket of its own, with nothing remembered."""
        bucket, folder = f"ferry-{number}", self.scratch / "all"
        self.server.make_bucket(bucket)
        shutil.rmtree(self.scratch / "cache", ignore_errors=True)
        self._measure(self.ours, "push", "push", self.files, folder, bucket)
        self._measure(self.ours, "unchanged", "sync", self.files, folder, bucket)
        change_ten(folder)
        self._measure(self.ours, "ten changed", "sync", self.files, folder, bucket)
        self._pull(self.ours, self.files, bucket)

    def _pull(self, peer: Peer, count: int, bucket: str) -> None:
        target = self.scratch / "pulled"
        target.mkdir()
        self._measure(peer, "pull", "pull", count, target, bucket)
        found = sum(len(files) for _, _, files in os.walk(target))
        assert found == count, f"{peer.name} pulled {found} of {count} files"
        shutil.rmtree(target)

    def _measure(self, peer: Peer, row: str, verb: str, count: int, folder: Path, bucket: str) -> None:
        found = peer.run(verb, folder, bucket, "data")
        self.seconds[peer.name, row, count].append(found.seconds)
        self.memory[peer.name] = max(self.memory[peer.name], found.megabytes)


def make(folder: Path, count: int) -> None:
    """The same files every time, in ten class folders, all written at the same time some weeks ago."""
    dice = random.Random(0)
    for number in range(10):
        (folder / f"class{number}").mkdir(parents=True)
    for number in range(count):
        file = folder / f"class{number % 10}/{number:05}.png"
        file.write_bytes(dice.randbytes(dice.randint(*SIZES)))
        os.utime(file, (WRITTEN, WRITTEN))


def change_ten(folder: Path) -> None:
    """Ten files of all, in different folders and shards, now."""
    files = sorted(folder.rglob("*.png"))
    for file in files[:: max(1, len(files) // 10)][:10]:
        file.write_bytes(os.urandom(2000))


def scratch_folder() -> "tempfile.TemporaryDirectory[str]":
    """In memory, where there is some. What a bench left there that was killed goes."""
    home = MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
    for left in home.glob("ferry-bench-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=f"ferry-bench-{os.getpid()}-", dir=home)


def requests(files: int = 1000) -> str:
    """Of a first push and of a second, as our proxy counts them."""
    with scratch_folder() as scratch, gcs.gcs_server() as server:
        make(Path(scratch) / "all", files)
        server.make_bucket("counted")
        ours, found = ferry(server.url, Path(scratch) / "cache"), []
        for _ in range(2):
            server.reset_counters("counted")
            ours.run("push", Path(scratch) / "all", "counted", "data")
            found.append(int(server.counters("counted")["requests"]))
    return f"ferry: {files:,} files are {found[0]} requests, once more {found[1]}"


def report(files: int, part: int, rounds: int, only: set[str], serve: Serve = emulator) -> list[str]:
    """A line a row and peer: the ratio, and the seconds it comes from."""
    with scratch_folder() as scratch, serve() as server:
        bench = Bench(Path(scratch), server, files, part, only)
        bench.prepare()
        load = []
        for number in range(rounds):
            bench.round(number)
            load.append(os.getloadavg()[0])
    lines = []
    for row in ROWS:
        ours = bench.whole("ferry", row)
        for peer in bench.peers:
            if not bench.measured(peer.name, row):
                continue
            theirs = bench.whole(peer.name, row)
            lines.append(f"{row:<12} {peer.name:>8} / ferry {theirs / ours:8.1f} x   {theirs:8.2f} s / {ours:.2f} s")
    shown = ", ".join(f"{peer.name} {bench.linear(peer.name):.2f}" for peer in bench.peers)
    return [
        *lines,
        f"a part to half of it, pushed (linear is 2): {shown}; ferry's peak: {bench.memory['ferry']:.0f} MB",
        f"{files:,} files, slices of {part:,}, {rounds} rounds, load {min(load):.1f} to {max(load):.1f}",
    ]


def main(words: list[str] | None = None) -> None:
    """See the top."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.folders", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=60_000)
    parser.add_argument("--slice", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="peers, with commas")
    flags = parser.parse_args(words)
    print("\n".join(report(flags.files, flags.slice, flags.rounds, set(flags.only.split(",")) - {""})))
    print(requests())


if __name__ == "__main__":
    main()
