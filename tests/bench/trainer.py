"""The reference trainer beside torchvision's reference recipe: the loaders, then the way to the same accuracy.

python -m tests.bench.trainer                 # about 20 minutes on 2 cores; Fashion-MNIST is fetched once
python -m tests.bench.trainer --seconds 30    # a look

Both sides are timed in seconds and in CPU seconds (which a busy machine makes longer too: threads that wait for one
another spin, so let nothing else run); ours from the start of the process to the last file, the recipe's without its
imports and its test. Ours is run once before and once after each of the recipe's runs. The accuracies are those on the
test images.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from tests.bench.peers.torchvision_recipe import Pictures, presets
from tests.bench.timed import timed
from trainer import fashion_mnist
from trainer.config import Config
from trainer.data import DataSet, load
from trainer.images import Wanted
from trainer.training import Training

RECIPE = Path(__file__).parent / "peers" / "torchvision_recipe.py"
RACES = {"own": ("images as they are", "--own-size"), "224": ("its 224 pixels", "--test", "2000")}
PLANS = (  # ours in batches of 128, ever longer: the first that is as good is timed
    ("--model", "small", "--epochs", "1", "--max-steps", "100"),
    ("--model", "small", "--epochs", "1"),
    ("--model", "medium", "--epochs", "1"),
    ("--model", "medium", "--epochs", "2"),
    ("--model", "medium", "--epochs", "3"),
    ("--model", "medium", "--epochs", "4"),
)
PLENTY = 5 * 60  # seconds for 92 %


@dataclass(frozen=True)
class Ours:
    """One whole run of the trainer."""

    accuracy: float
    seconds: float
    cpu: float


def ours(data: Path, *flags: str) -> Ours:
    """Starts the trainer and waits for its end."""
    with tempfile.TemporaryDirectory() as output:
        words = [sys.executable, "-m", "trainer", "--data", str(data), "--output", output, *flags]
        took = timed(words, dict(os.environ))
        results = json.loads((Path(output) / "results.json").read_text())
    return Ours(results["test_accuracy"], took.seconds, took.cpu)


def recipe(data: Path, seconds: float, *flags: str) -> dict[str, float]:
    """What the recipe prints."""
    words = [sys.executable, str(RECIPE), str(data), "--seconds", str(seconds), *flags]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    printed = subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout
    told: dict[str, float] = json.loads(printed)
    return told


def race(data: Path, seconds: float, name: str, *flags: str) -> Iterator[str]:
    """The recipe for so many seconds; ours, longer and longer, until it is as good, and that once more."""
    before = ours(data, "--batch-size", "128", "--epochs", "1")
    theirs = recipe(data, seconds, *flags)
    yield (
        f"torchvision recipe, {name}: {theirs['accuracy']:.2%} after {theirs['seconds']:.0f} s "
        f"({theirs['cpu']:.0f} CPU s, {theirs['images']:.0f} images)"
    )
    for plan in PLANS:
        found = ours(data, "--batch-size", "128", *plan)
        if found.accuracy >= theirs["accuracy"]:
            break
    again = ours(data, "--batch-size", "128", *plan)
    slower = max(found, again, key=lambda run: run.cpu)
    ratio, cpu_ratio = theirs["seconds"] / slower.seconds, theirs["cpu"] / slower.cpu
    yield (
        f"  ours, {' '.join(plan)}: {slower.accuracy:.2%} after {slower.seconds:.1f} s ({slower.cpu:.1f} CPU s), "
        f"the slower of two: {ratio:.1f} x shorter ({cpu_ratio:.1f} x in CPU time)"
    )
    yield f"  one epoch of ours before it: {before.accuracy:.2%} after {before.seconds:.1f} s ({before.cpu:.1f} CPU s)"


def loaders(data: DataSet) -> Iterator[str]:
    """Images a CPU second, ready for the net; and the share that loading has of a step of ours."""
    torch.set_num_threads(1)  # per core
    training = Training(Config("", Path("unused")), data)
    pictures = Pictures(data.train, presets(own_size=True)[0])
    rates: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(5):
        rates["ours"].append(_rate(_ours(training, 40 * turn, 40)))
        rates["theirs"].append(_rate(_theirs(pictures, 40)))
    mine, theirs = (sorted(values)[2] for values in rates.values())
    yield f"loader: {mine:,.0f} images a second and core / torch DataLoader {theirs:,.0f}: {mine / theirs:.1f} x"
    yield f"share of loading in a step: {_share(training, 30):.1%}"


def _ours(training: Training, first: int, batches: int) -> Iterator[int]:
    for step in range(first, first + batches):
        images, _ = training.batch(step)
        yield len(training.model.normalised(images))


def _theirs(pictures: Pictures, batches: int) -> Iterator[int]:
    loader = DataLoader(pictures, 256, shuffle=True)
    for _, (images, _labels) in zip(range(batches), loader, strict=False):
        yield len(images)


def _rate(batches: Iterator[int]) -> float:
    began = time.process_time()
    return sum(batches) / (time.process_time() - began)


def _share(training: Training, steps: int) -> float:
    """CPU seconds of the batches alone, to those of the steps that contain them."""
    training.step()
    began = time.process_time()
    for _ in range(steps):
        training.step()
    whole = time.process_time() - began
    began = time.process_time()
    for step in range(steps):
        training.batch(step)
    return (time.process_time() - began) / whole


def main(words: list[str] | None = None) -> None:
    """See the top."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trainer")
    parser.add_argument("--seconds", type=float, default=240, help="of the recipe, each time")
    parser.add_argument("--race", choices=RACES, action="append", help="one of the recipe's two sizes only")
    flags = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        fashion_mnist.main([folder])
        for line in loaders(load(folder, 0.1, Wanted())):
            print(line, flush=True)
        for name in flags.race or RACES:
            for line in race(data, flags.seconds, *RACES[name]):
                print(line, flush=True)
        whole = ours(data)
    print(
        f"ours, as it is: {whole.accuracy:.2%} after {whole.seconds:.0f} s ({whole.cpu:.0f} CPU s; {PLENTY} s allowed)"
    )


if __name__ == "__main__":
    main()
