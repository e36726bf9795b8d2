"""`ferry compare`, as it is typed: real runs on this machine, whose trainer writes what the contract asks for."""

import json
import re
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_bad_inputs import one_line

TRAINER = """
import argparse, os, pathlib
flags = argparse.ArgumentParser()
flags.add_argument("--cats", type=int, default=660)
flags.add_argument("--dogs", type=int, default=900)
flags.add_argument("--images", type=int, default=1000)
flags.add_argument("--prefix", default="")
flags.add_argument("--seed", type=int, default=0)
flags = flags.parse_args()
flags.cats += flags.seed % 10 * 10
lines = ["id,label,prediction,cat,dog"]
for label, other, right in (("cat", "dog", flags.cats), ("dog", "cat", flags.dogs)):
    for number in range(flags.images):
        said = label if number < right else other
        lines.append(f"{flags.prefix}{label}-{number},{label},{said},{int(said == 'cat')},{int(said == 'dog')}")
pathlib.Path(os.environ["FERRY_OUTPUT"], "predictions.csv").write_text("\\n".join(lines) + "\\n")
"""


@pytest.fixture
def desk(desk: Desk) -> Desk:
    (desk.folder / "train.py").write_text(TRAINER)
    return desk


def trained(desk: Desk, name: str, *flags: str) -> str:
    done = desk.ferry("run", "--name", name, "-o", "name", "--", "python3", "train.py", *flags)
    assert desk.ferry("wait", name).returncode == 0
    return done.stdout.split()[0]


TABLE = """\
          base   cat3   change   sure?
overall   78.0   81.5   +3.5     only these models
cat       66.0   91.0   +25.0    yes (p < 0.001)
dog       90.0   72.0   -18.0    yes (p < 0.001)
"""


def test_two_runs_class_by_class_with_a_verdict_and_a_page(desk: Desk) -> None:
    base, cat3 = trained(desk, "base"), trained(desk, "cat3", "--cats", "910", "--dogs", "720")
    done = desk.ferry("compare", "base", "cat3")
    assert (done.returncode, done.stdout) == (0, TABLE)
    assert done.stderr == (
        "· cat3 differs: --cats 910; --dogs 720\n"
        "· cat is better, dog pays; the worst class rose from 66.0 to 72.0\n"
    )  # fmt: skip
    paged = desk.ferry("compare", "base", "cat3", "-o", "page.html")
    assert (paged.stdout, paged.stderr) == (TABLE, done.stderr + "· wrote page.html\n")
    assert "<p class=verdict>cat is better, dog pays;" in (desk.folder / "page.html").read_text()
    told = json.loads(desk.ferry("compare", "base", "cat3", "-o", "json").stdout)
    assert (told["first"], told["others"][0]["run"]) == (base, cat3)
    assert told["others"][0]["worst"] == {"before": "cat", "after": "dog", "raised": True}
    overall = told["others"][0]["overall"]
    assert (overall["won"], overall["lost"], overall["sure"]) == (250, 180, "models")


def test_the_same_recipe_twice_is_never_an_improvement(desk: Desk) -> None:
    first, again = trained(desk, "one", "--seed", "10"), trained(desk, "two", "--seed", "20")
    done = desk.ferry("compare", first, again)
    assert done.stderr.splitlines() == ["· two differs: --seed 20, was 10", "· the same answers to all 2,000 images"]
    assert done.stdout.count("within noise") == 3
    other = trained(desk, "three", "--seed", "30", "--cats", "661")
    assert "no difference that is more than chance" in desk.ferry("compare", first, again, other).stderr


def test_trainings_of_one_recipe_are_compared_by_their_means(desk: Desk) -> None:
    names = [
        trained(desk, f"{name}-s{seed}", "--cats", cats, "--seed", str(seed))
        for seed in (1, 3)
        for name, cats in (("base", "660"), ("cats", "900"))
    ]
    same = trained(desk, "cats-again", "--cats", "900", "--seed", "13")
    done = desk.ferry("compare", *names, same)
    heads = re.split(" {3,}", done.stdout.split("\n")[0])
    assert heads == ["", "base-s1 (2 runs)", "cats-s1 (2 runs)", "change", "sure?"]
    assert re.search(r"^cat +68.0 +92.0 +\+24.0 +yes \(p < 0.001\)$", done.stdout, re.M), done.stdout
    assert done.stderr.splitlines() == [
        "· cats-again answers like another training of its recipe: it is no repeat of it",
        "· cats-s1 (2 runs) differs: --cats 900, was 660",
        "· cats-s1 is better, +12.0 over all; cat is better; the worst class rose from 68.0 to 90.0",
    ]
    told = json.loads(desk.ferry("compare", *names, "-o", "json").stdout)
    assert (told["first_repeats"], told["others"][0]["repeats"]) == ([names[2]], [names[3]])


def test_runs_that_cannot_be_compared_are_refused_in_one_line(desk: Desk) -> None:
    base, small = trained(desk, "base"), trained(desk, "small", "--prefix", "x", "--images", "10")
    one_line(desk.ferry("compare", "base", "small"), 2, "0 of 2,000 images have the same id and label in both")
    one_line(desk.ferry("compare", "base", base), 2, f"{base} is named twice")
    one_line(desk.ferry("compare", "base"), 2, f"compare {base}: with what?   ferry compare base OTHER")
    one_line(desk.ferry("compare", "base", "bsae"), 2, 'no run "bsae" on this machine')
    one_line(desk.ferry("compare", "base", "small", "-o", "x.csv"), 2, "-o x.csv: expected json, yaml or a file")
    one_line(desk.ferry("compare", "base", "small", "--validation"), 2, f"{base} has no predictions-validation.csv")
    assert small
    assert list(Path(desk.folder).glob("*.html")) == []
