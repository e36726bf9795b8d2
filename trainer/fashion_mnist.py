"""The real Fashion-MNIST (70,000 images, MIT licence), out of Debian's package dataset-fashion-mnist.

    python -m trainer.fashion_mnist DIR          the four idx files and labels.txt
    python -m trainer.fashion_mnist DIR --png    60,000 + 10,000 files DIR/{train,test}/<class>/<number>.png

Works as any user and installs nothing: apt only downloads. The standard library is enough to run it. The download is
kept in ~/.cache/trainferry/datasets; what already is in DIR is left as it is.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")
PACKAGE = "dataset-fashion-mnist"
SIDE = 28
SPLITS = {"train": ("train", 60_000), "test": ("t10k", 10_000)}
DIGESTS = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}


class Unavailable(Exception):
    """The data set cannot be had here; the message says what to do."""


def main(argv: list[str] | None = None) -> int:
    """Write what the flags ask for; 0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m trainer.fashion_mnist", description="Get Fashion-MNIST.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--png", action="store_true", help="class folders of PNG files instead of idx files")
    parser.add_argument("--train", type=int, default=60_000, metavar="N", help="with --png: the first N of 60,000")
    parser.add_argument("--test", type=int, default=10_000, metavar="N", help="with --png: the first N of 10,000")
    flags = parser.parse_args(argv)
    started = time.monotonic()
    try:
        source = idx_files(_cache())
        write = write_png if flags.png else write_idx
        files = write(source, flags.folder, {"train": flags.train, "test": flags.test})
    except (Unavailable, OSError) as error:
        print(f"fashion_mnist: {error}", file=sys.stderr)
        return 1
    done = f"{files} files in {time.monotonic() - started:.1f} s" if files else "already there"
    print(f"{flags.folder}: {done}")
    return 0


def idx_files(cache: Path) -> Path:
    """The folder of the four verified idx files, downloaded into cache unless they are there."""
    kept = cache / "fashion-mnist"
    if _whole(kept):
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fashion-mnist-", dir=cache) as scratch:
        found = _download(Path(scratch))
        if not _whole(found):
            raise Unavailable(f"Debian's {PACKAGE} is not the one this script knows (its sha256 differs)")
        shutil.rmtree(kept, ignore_errors=True)
        found.rename(kept)
    return kept


def write_idx(source: Path, folder: Path, counts: dict[str, int]) -> int:
    """Copy the idx files and write labels.txt; how many files are new. The counts do not matter here."""
    if all((folder / name).is_file() for name in (*DIGESTS, "labels.txt")):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in DIGESTS:
        shutil.copyfile(source / name, folder / name)
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    return len(DIGESTS) + 1


def write_png(source: Path, folder: Path, counts: dict[str, int]) -> int:
    """Write the class folders, the first counts[split] images of each split; how many files are new."""
    wanted = {split: min(counts[split], most) for split, (_, most) in SPLITS.items()}
    missing = {split: count for split, count in wanted.items() if _files(folder / split) != count}
    for split, count in missing.items():
        target = folder / split
        if target.exists():
            raise Unavailable(f"{target} has {_files(target)} files, not {count}; remove it or choose another folder")
        partial = folder / f".{split}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        _write_split(source, SPLITS[split][0], partial, count)
        partial.rename(target)
    return sum(missing.values())


def png(pixels: bytes, side: int = SIDE) -> bytes:
    """A PNG file of a square grey image, one byte a pixel, row by row."""
    rows = b"".join(b"\0" + pixels[start : start + side] for start in range(0, side * side, side))
    header = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _write_split(source: Path, prefix: str, target: Path, count: int) -> None:
    for name in CLASSES:
        (target / name).mkdir(parents=True)
    images = gzip.decompress((source / f"{prefix}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((source / f"{prefix}-labels-idx1-ubyte.gz").read_bytes())[8:]
    cores = os.cpu_count() or 1
    step = -(-count // cores) or 1
    starts = range(0, count, step)
    area = SIDE * SIDE
    pieces = [(images[at * area : min(at + step, count) * area], labels[at : min(at + step, count)]) for at in starts]
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(_write_piece, [target] * len(pieces), starts, *zip(*pieces, strict=True)))


def _write_piece(target: Path, first: int, images: bytes, labels: bytes) -> None:
    area = SIDE * SIDE
    for place, label in enumerate(labels):
        path = os.path.join(target, CLASSES[label], f"{first + place:05}.png")
        with open(path, "wb", buffering=0) as file:
            file.write(png(images[place * area : (place + 1) * area]))


def _files(folder: Path) -> int:
    return sum(len(os.listdir(entry)) for entry in folder.iterdir()) if folder.is_dir() else 0


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainferry" / "datasets"


def _whole(folder: Path) -> bool:
    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

    return all(digest(folder / name) == expected for name, expected in DIGESTS.items())


def _download(scratch: Path) -> Path:
    """The package's idx files below scratch; apt's lists are fetched into scratch when the machine has none."""
    if _try(["apt-get", "download", PACKAGE], scratch):
        private = ["-o", f"Dir::State::Lists={scratch}/lists", "-o", f"Dir::Cache={scratch}/cache"]
        (scratch / "lists" / "partial").mkdir(parents=True)
        (scratch / "cache" / "archives" / "partial").mkdir(parents=True)
        _must(["apt-get", *private, "update"], scratch)
        _must(["apt-get", *private, "download", PACKAGE], scratch)
    (package,) = scratch.glob("*.deb")
    _must(["dpkg-deb", "-x", package.name, "unpacked"], scratch)
    return scratch / "unpacked" / "usr" / "share" / "datasets" / "fashion-mnist"


def _must(command: list[str], folder: Path) -> None:
    if reason := _try(command, folder):
        raise Unavailable(f"{' '.join(command[:1] + command[-1:])}: {reason} (needs Debian's apt and a network)")


def _try(command: list[str], folder: Path) -> str:
    """Run command in folder; the last line of what it said when it failed, else nothing."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr.strip().splitlines() or ["failed"])[-1] if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
