"""The ten steps as the README has them, for both engines, and what has to be there after them."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.integration.cli.test_readme import section

ROOT = Path(__file__).parents[2]
ON_CLUSTER = ", on a cluster:"
SMALL = "python -m trainer --model small --epochs 4 --batch-size 50 --threads 1"
DEMO_LIMIT = 2 << 20  # bytes of a page

Ferry = Callable[..., "subprocess.CompletedProcess[str]"]


def steps(cluster: bool, real: Mapping[str, str] | None = None) -> list[str]:
    """The commands of the README, with the values of `real` in place of its examples, and a small training."""
    (block,) = re.findall(r"```console\n(.*?)```", section("The ten steps"), re.S)
    lines = [line[2:].split("     # ") for line in block.splitlines()]
    numbers = [int(comment.split()[0]) for _, comment in lines]
    assert sorted(set(numbers)) == list(range(1, 11)), "ten steps"
    chosen = [command.strip() for command, comment in lines if cluster or ON_CLUSTER not in comment]
    for example, value in {**(real or {}), "python -m trainer": SMALL}.items():
        chosen = [line.replace(example, value) for line in chosen]
    return [line.replace("{data}", "'{data}'").replace("{output}", "'{output}'") for line in chosen]


def prepare(folder: Path) -> None:
    """A project with the reference trainer, and a small Fashion-MNIST."""
    shutil.copytree(ROOT / "trainer", folder / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    make = [sys.executable, "-m", "trainer.fashion_mnist", str(folder / "fashion-mnist"), "--png"]
    subprocess.run([*make, "--train", "1500", "--test", "400"], check=True, cwd=ROOT, timeout=300)
    (folder / ".gitignore").write_text("fashion-mnist/\n*.html\n*.ipynb\n*.safetensors\n")


def check(folder: Path, told: str, ferry: Ferry) -> None:
    """What the steps left here, on stdout (`told`), in the store and behind the links."""
    assert "<h1>Predictions of base-" in (folder / "predictions-base.html").read_text()
    table = re.search(r"^ +base +boosted +change +sure\?\noverall .*\n(?:.*\n){10}", told, re.M)
    assert table, told
    compared = json.loads(ferry("compare", "-o", "json").stdout)  # the latest run with the one it was made from
    assert compared["first"].startswith("base-")
    (boosted,) = compared["others"]
    assert boosted["run"].startswith("boosted-")
    assert boosted["images"] == 400
    worst = json.loads(ferry("predictions", "base", "--validation", "-o", "json").stdout)["worst"]
    assert boosted["differs"][0] == f"class weights {worst} 3 (adaptive)"
    assert [path.name for path in folder.glob("best*.safetensors")] == ["best.safetensors"]
    share, demo = re.findall(r"^https?://\S+$", told, re.M)
    assert b"best.safetensors" in browsed(share)
    page = browsed(demo)
    assert len(page) < DEMO_LIMIT
    assert b"of 100 pictures right" in page


def browsed(link: str) -> bytes:
    """What a browser gets."""
    asked = urllib.request.Request(link, headers={"Accept": "text/html"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as answer:
        found: bytes = answer.read()
    return found
