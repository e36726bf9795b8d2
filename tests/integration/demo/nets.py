"""The reference trainer's own runs over a part of the real Fashion-MNIST."""

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import google_crc32c
import safetensors.torch
import torch
from torch import Tensor

from trainer import fashion_mnist, idx, model
from trainer.images import Wanted
from trainferry.runs import layout, manifest
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile, Verdict
from trainferry.store import Store

CLASSES = fashion_mnist.CLASSES
COUNTS = {"train": 6000, "t10k": 1000}
WEIGHTS = "checkpoints/best.safetensors"


def data(folder: Path) -> Path:
    """6,000 images to learn from and 1,000 of the test, as idx files."""
    assert fashion_mnist.main([str(folder / "whole")]) == 0
    part = folder / "data"
    part.mkdir()
    for split, count in COUNTS.items():
        for kind, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            name = f"{split}-{kind}-ubyte"
            found = gzip.decompress((folder / "whole" / f"{name}.gz").read_bytes())
            content = found[:4] + struct.pack(">I", count) + found[8 : header + count * size]
            (part / name).write_bytes(content)
    (part / "labels.txt").write_text("\n".join(CLASSES))
    return part


def trained(folder: Path, name: str) -> Path:
    """The output of a short training of the net called name on `data`."""
    output = folder / name
    flags = ["--data", str(folder / "data"), "--output", str(output), "--model", name, "--epochs", "1"]
    subprocess.run([sys.executable, "-m", "trainer", *flags, "--threads", "1"], check=True, timeout=600)
    return output


def images(folder: Path) -> Tensor:
    """The 1,000 test images, (N, 1, 28, 28) uint8."""
    return idx.read(folder / "data", Wanted())[1]["test"].pixels


def logits(output: Path, name: str, pixels: Tensor) -> Tensor:
    """What torch says, (N, 10) float32."""
    net = model.architecture(name).make(pixels.shape[1], len(CLASSES))
    net.load_state_dict(safetensors.torch.load_file(output / WEIGHTS))
    net.eval()
    with torch.inference_mode():
        found: Tensor = net(pixels)
    return found


def stock(store: Store, run: str, output: Path) -> None:
    """The output, as an agent has published it."""
    files = {path.relative_to(output).as_posix(): path for path in output.rglob("*") if path.is_file()}
    stored = {}
    for name, path in files.items():
        content, place = path.read_bytes(), layout.output(run, 1, name)
        store.put(place, content)
        stored[name] = StoredFile([place], len(content), google_crc32c.value(content), 1)
    verdict = Verdict(code=0, exit=0, by="command", ended=1_795_000_100.0)
    attempt = Attempt(1, "a", 1_795_000_000.0, verdict=verdict)
    manifest.save(store, OutputManifest(run, stored, [attempt], complete=True), 0)
