"""60,000 small files into a bucket: `data push` beside `gsutil -m cp -r`, interleaved against the same server.

python -m tests.bench.push [--files 60000] [--slow-slice 1000]

gsutil copies a slice and half a slice; that it is linear is shown, and the whole is computed from the two. It insists
on TLS, which the emulator does not speak: the bench's own copy talks plain HTTP, which makes it faster, not slower.
Times are taken against the emulator itself; requests are counted by our proxy, in a smaller push of their own.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from tests.bench.timed import Timed, timed
from tests.cluster import gcs_server as gcs
from tests.cluster.gcs_server import GcsServer

GSUTIL = "gsutil==5.38"
SIZES = (1800, 2720)  # bytes of a small PNG: 60,000 of them are 129 MiB
ROUNDS = 3
PUSH = """
import sys
from pathlib import Path
from trainferry.data.push import push
from trainferry.store import open_store
print(push(open_store(sys.argv[1]), Path(sys.argv[2]), "bench"))
"""
PULL = """
import sys
from pathlib import Path
from trainferry.data import catalog
from trainferry.data.pull import pull
from trainferry.store import open_store
store = open_store(sys.argv[1])
pull(store, "bench", catalog.resolve(store, "bench"), Path(sys.argv[2]))
"""
BOTO = """
[Boto]
is_secure = False
https_validate_certificates = False
[Credentials]
gs_json_host = {host}
gs_json_port = {port}
[GSUtil]
json_api_version = v1
use_gcloud_storage = False
software_update_check_period = 0
disable_analytics_prompt = true
state_dir = {state}
"""


@dataclass
class Round:
    """One of each: seconds and peak memory."""

    half: Timed
    push: Timed
    slice: Timed
    again: Timed
    ten: Timed
    pull: Timed


class Bench:
    """Folders with files, a server, and the commands."""

    def __init__(self, scratch: Path, server: GcsServer) -> None:
        self.scratch, self.server, self.gsutil = scratch, server, install_gsutil()
        self.environment = {**os.environ, "STORAGE_EMULATOR_HOST": server.url, "XDG_CACHE_HOME": str(scratch / "cache")}
        host, _, port = server.url.removeprefix("http://").partition(":")
        (scratch / "boto").write_text(BOTO.format(host=host, port=port, state=scratch / "state"))

    def round(self, number: int) -> Round:
        """Everything once, in a bucket of its own, with nothing remembered."""
        bucket = f"bench-{number}"
        self.server.make_bucket(bucket)
        shutil.rmtree(self.scratch / "cache", ignore_errors=True)
        return Round(
            half=self.copy(bucket, "half"),
            push=self.push(bucket, "all"),
            slice=self.copy(bucket, "slice"),
            again=self.push(bucket, "all"),
            ten=self.push_ten_changed(bucket),
            pull=self.python(PULL, bucket, self.scratch / f"out-{number}"),
        )

    def push(self, bucket: str, name: str) -> Timed:
        """A process of its own, as a user's is."""
        return self.python(PUSH, bucket, self.scratch / name)

    def push_ten_changed(self, bucket: str) -> Timed:
        """Ten files of all, in different folders and shards."""
        files = sorted((self.scratch / "all").rglob("*.png"))
        for file in files[:: max(1, len(files) // 10)][:10]:
            file.write_bytes(os.urandom(2000))
        return self.push(bucket, "all")

    def requests(self, bucket: str) -> list[int]:
        """Of a first push of the slice, and of a second. The server has to be our proxy."""
        self.server.make_bucket(bucket)
        found = []
        for _ in range(2):
            self.server.reset_counters(bucket)
            self.push(bucket, "slice")
            found.append(self.server.counters(bucket)["requests"])
        return found

    def python(self, code: str, bucket: str, folder: Path) -> Timed:
        """A process of ours."""
        return timed([sys.executable, "-c", code, f"gs://{bucket}/team", str(folder)], self.environment)

    def copy(self, bucket: str, name: str) -> Timed:
        """gsutil, which is told where the server is by a file."""
        environment = {**os.environ, "BOTO_CONFIG": str(self.scratch / "boto"), "HOME": str(self.scratch)}
        return timed([self.gsutil, "-m", "cp", "-r", str(self.scratch / name), f"gs://{bucket}/gsutil/"], environment)


def make(folder: Path, count: int) -> None:
    """The same files every time, in ten class folders; old enough for a push to remember them."""
    dice = random.Random(0)
    for number in range(10):
        (folder / f"class{number}").mkdir(parents=True)
    for number in range(count):
        (folder / f"class{number % 10}/{number:05}.png").write_bytes(dice.randbytes(dice.randint(*SIZES)))


def install_gsutil() -> str:
    """PyPI's, in a virtual environment in the cache, speaking plain HTTP. Returns the command."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainferry" / GSUTIL
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin/pip"), "install", "-q", GSUTIL], check=True)
        (package,) = home.glob("lib/python*/site-packages/gslib")
        for name, old, new in [
            ("gcs_json_api.py", "http_base = 'https://'", "http_base = 'http://'"),
            ("gcs_json_media.py", "HTTPSConnection", "HTTPConnection"),
        ]:
            text = (package / name).read_text()
            assert old in text
            (package / name).write_text(text.replace(old, new))
        (home / "ready").touch()
    return str(home / "bin/gsutil")


@contextmanager
def emulator() -> Iterator[GcsServer]:
    """The server alone, without our proxy before it."""
    address = f"127.0.0.1:{gcs.free_port()}"
    process = gcs.start(gcs.emulator_command(address, address))
    try:
        server = GcsServer(f"http://{address}")
        while not server.answers():
            time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()


def measure(files: int, part: int) -> tuple[list[Round], list[int]]:
    """Rounds, and the requests of two pushes."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, count in {"all": files, "slice": part, "half": part // 2}.items():
            make(Path(scratch) / name, count)
        with emulator() as server:
            rounds = [Bench(Path(scratch), server).round(number) for number in range(ROUNDS)]
        with gcs.gcs_server() as server:
            return rounds, Bench(Path(scratch), server).requests("bench")


def report(files: int = 60_000, part: int = 1000) -> list[str]:
    """One line a measurement: a ratio, then the seconds and the memory it comes from."""
    rounds, (first, second) = measure(files, part)
    names = [field.name for field in fields(Round)]
    median = {name: statistics.median(getattr(one, name).seconds for one in rounds) for name in names}
    peak = {name: max(getattr(one, name).megabytes for one in rounds) for name in names}
    each = (median["slice"] - median["half"]) / (part - part // 2)
    whole = median["half"] + each * (files - part // 2)
    return [
        f"gsutil -m cp -r / data push   {whole / median['push']:6.0f} x   {whole:.0f} s / {median['push']:.2f} s   "
        f"{files:,} files, peak {peak['push']:.0f} MB",
        f"gsutil {part:,} files / {part // 2:,}      {median['slice'] / median['half']:6.2f} x   "
        f"{median['slice']:.1f} s / {median['half']:.1f} s   "
        f"linear is 2; {1000 * each:.1f} ms a file, peak {peak['slice']:.0f} MB a process",
        f"push / push unchanged         {median['push'] / median['again']:6.1f} x   {median['again']:.2f} s   "
        f"requests {second}, at first {first}",
        f"push / push of 10 changed     {median['push'] / median['ten']:6.1f} x   {median['ten']:.2f} s",
        f"push / pull                   {median['push'] / median['pull']:6.1f} x   {median['pull']:.2f} s   "
        f"peak {peak['pull']:.0f} MB",
    ]


def main() -> None:
    """See the top."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.push", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--files", type=int, default=60_000)
    parser.add_argument("--slow-slice", type=int, default=1000)
    flags = parser.parse_args()
    print("\n".join(report(flags.files, flags.slow_slice)))


if __name__ == "__main__":
    main()
