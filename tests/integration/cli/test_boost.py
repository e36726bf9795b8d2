"""`ferry rerun --boost-worst` with the reference trainer: the worst class of Fashion-MNIST rises, others pay little."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Desk
from trainer.fashion_mnist import main as fashion_mnist

ROOT = Path(__file__).parents[3]
LIFT, COST = 2.0, 0.5  # points


@pytest.fixture(scope="module")
def fashion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four idx files and labels.txt."""
    folder = tmp_path_factory.mktemp("data") / "fashion-mnist"
    fashion_mnist([str(folder)])
    return folder


def boosted(desk: Desk, data: Path, seed: int, epochs: int) -> dict[str, Any]:
    """What `ferry compare` says of a small net and of the same with its worst class weighted up to 3."""
    if not (desk.folder / "trainer").exists():
        shutil.copytree(ROOT / "trainer", desk.folder / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    command = f"python -m trainer --data {data} --output {{output}} --model small --epochs {epochs} --seed {seed}"
    for words in (("run", "--name", f"seed{seed}", "--", *command.split()), ("rerun", "--boost-worst", "3")):
        done = desk.ferry(*words, timeout=500)
        assert done.returncode == 0, done.stderr
    told = desk.ferry("compare", "-o", "json")
    assert told.returncode == 0, told.stderr
    compared: dict[str, Any] = json.loads(told.stdout)["others"][0]
    overall = compared["overall"]["points"]
    print(
        f"seed {seed}: overall {overall:+.1f} ({compared['overall']['low']:+.1f} to {compared['overall']['high']:+.1f})"
    )
    return compared


def of_worst(compared: dict[str, Any]) -> dict[str, Any]:
    """The row of the class that was the worst before."""
    (row,) = [one for one in compared["classes"] if one["name"] == compared["worst"]["before"]]
    found: dict[str, Any] = row
    print(f"  {row['name']} {row['points']:+.1f} ({row['low']:+.1f} to {row['high']:+.1f}), {row['sure']}")
    return found


def test_the_worst_class_rises(desk: Desk, fashion: Path) -> None:
    compared = boosted(desk, fashion, seed=0, epochs=2)
    assert compared["differs"] == ["class weights shirt 3 (adaptive)"]
    assert of_worst(compared)["points"] >= LIFT


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_over_five_seeds_the_worst_class_rises_and_the_mean_costs_little(desk: Desk, fashion: Path) -> None:
    found = [boosted(desk, fashion, seed, epochs=4) for seed in range(5)]
    lifts = [of_worst(one)["points"] for one in found]
    costs = [-one["overall"]["points"] for one in found]
    print(f"lift {sum(lifts) / 5:.2f} points, cost {sum(costs) / 5:.2f} points")
    assert sum(lifts) / 5 >= LIFT
    assert sum(costs) / 5 <= COST
