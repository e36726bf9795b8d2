"""`ferry predictions`, as it is typed: of a run, of another file of it, of a file here, and where there is none."""

import json
import re
import shutil
from pathlib import Path

from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_bad_inputs import one_line
from tests.unit.views.made import predictions, sheet, table
from trainferry.runs.predictions import EXPECTED, Predictions, Row

FOUND = predictions()
SAID = "test accuracy 62.0 %; worst class: dog 44 % (31-58), mostly taken for cat"
TRAIN = """
import os, pathlib, shutil, sys
out = pathlib.Path(os.environ["FERRY_OUTPUT"])
for name in sys.argv[1:]:
    source, _, target = name.partition(":")
    shutil.copy(source, out / (target or source))
"""


def project(desk: Desk) -> None:
    (desk.folder / "train.py").write_text(TRAIN)
    (desk.folder / "predictions.csv").write_text(table(FOUND))
    (desk.folder / "sheet.png").write_bytes(sheet())


def trained(desk: Desk, *files: str, flags: tuple[str, ...] = ()) -> str:
    """The full name of a run that leaves these files in its output."""
    words = ("run", "-o", "name", "--name", "base", *flags, "--", "python3", "train.py", *files)
    run = desk.ferry(*words).stdout.strip()
    assert desk.ferry("wait").returncode == 0
    return run


def pictures(page: Path) -> int:
    """How many images of the page have one."""
    values = re.search(r'data-name="predictions">(.*?)</script>', page.read_text(), re.S)
    assert values is not None
    return sum(image["cell"] is not None for image in json.loads(values[1])["images"])


def test_a_run_becomes_one_line_and_one_page_with_its_pictures(desk: Desk) -> None:
    project(desk)
    run = trained(desk, "predictions.csv", "sheet.png", "predictions.csv:predictions-validation.csv")
    done = desk.ferry("predictions", "base")
    assert (done.returncode, done.stdout, done.stderr) == (0, "predictions-base.html\n", f"· {SAID}\n")
    page = desk.folder / "predictions-base.html"
    assert pictures(page) > 100
    assert f"Predictions of {run}" in page.read_text()
    again = desk.ferry("predictions", "-o", "again.html")
    assert again.stdout == "again.html\n"
    assert (desk.folder / "again.html").read_bytes() == page.read_bytes()
    validation = desk.ferry("predictions", "base", "--validation")
    assert validation.stdout == "predictions-validation-base.html\n"
    assert validation.stderr == f"· {SAID.replace('test', 'validation')}\n"
    numbers = json.loads(desk.ferry("predictions", "base", "-o", "json").stdout)
    assert (numbers["of"], numbers["worst"], numbers["right"]) == (run, "dog", FOUND.overall.right)
    assert numbers["confusion"] == [list(line) for line in FOUND.confusion]
    assert [row["name"] for row in numbers["classes"]] == list(FOUND.classes)
    wholly = desk.ferry("verify", "base")
    assert wholly.returncode == 0, wholly.stderr
    stored = next((desk.folder / "ferry-store/runs" / run).glob("output/*/predictions.csv"))
    stored.write_text(stored.read_text().replace("cat", "dog"))
    broken = desk.ferry("predictions", "base", "-o", "broken.html")
    assert broken.returncode == 1
    assert "predictions.csv" in broken.stderr
    assert not (desk.folder / "broken.html").exists()


def test_pictures_come_from_the_dataset_when_the_output_has_none(desk: Desk) -> None:
    project(desk)
    (desk.folder / "pets/cat").mkdir(parents=True)
    shutil.copy(desk.folder / "sheet.png", desk.folder / "pets/cat/all.png")
    text = (desk.folder / "predictions.csv").read_text()
    (desk.folder / "predictions.csv").write_text(text.replace("sheet.png#", "cat/all.png#"))
    trained(desk, "predictions.csv", flags=("--data", "./pets"))
    assert desk.ferry("predictions", "base").returncode == 0
    page = desk.folder / "predictions-base.html"
    assert pictures(page) > 100
    assert re.search(r"pets@[0-9a-f]{8} · submitted \d\d \w+ \d{4}, \d\d:\d\d UTC", page.read_text())
    assert desk.ferry("data", "rm", "pets").returncode == 0
    assert desk.ferry("predictions", "base").returncode == 0
    assert pictures(page) == 0


def test_a_file_here_needs_no_run_and_reaches_no_picture_outside_its_folder(desk: Desk) -> None:
    project(desk)
    shutil.copy(desk.folder / "sheet.png", desk.home / "secret.png")
    outside = tuple(Row(str(at), "cat", "dog", (0.2, 0.8), f"{desk.home}/secret.png") for at in range(3))
    (desk.folder / "outside.csv").write_text(table(Predictions(("cat", "dog"), outside)))
    done = desk.ferry("predictions", "--file", "predictions.csv")
    assert (done.stdout, done.stderr) == ("predictions.html\n", f"· {SAID}\n")
    assert pictures(desk.folder / "predictions.html") > 100
    assert desk.ferry("predictions", "--file", "outside.csv").stdout == "predictions-outside.html\n"
    assert pictures(desk.folder / "predictions-outside.html") == 0


def test_columns_of_another_trainer_are_told(desk: Desk) -> None:
    text = "file,truth,guess,p_cat,p_dog\na,cat,cat,0.9,0.1\nb,dog,cat,0.6,0.4\n"
    (desk.folder / "answers.csv").write_text(text)
    columns = "id=file,label=truth,prediction=guess,classes=p_*"
    done = desk.ferry("predictions", "--file", "answers.csv", "--columns", columns, "-o", "json")
    assert json.loads(done.stdout)["confusion"] == [[1, 0], [1, 0]]
    untold = desk.ferry("predictions", "--file", "answers.csv")
    one_line(untold, 2, f"answers.csv: begins with file,truth,guess,p_cat,p_dog; {EXPECTED}")


def test_a_run_without_predictions_says_what_they_are_and_what_to_do(desk: Desk) -> None:
    project(desk)
    run = trained(desk, "sheet.png")
    before = desk.listing()
    one_line(desk.ferry("predictions"), 2, f"{run} has no predictions.csv; {EXPECTED}   ferry notebook base")
    one_line(desk.ferry("predictions", "base", "--validation"), 2, f"{run} has no predictions-validation.csv")
    assert desk.listing() == before
    other = trained(desk, "predictions.csv:test.csv")
    one_line(
        desk.ferry("predictions"), 2, f"{other} has no predictions.csv; {EXPECTED}   ferry predictions base --file"
    )
    assert desk.ferry("predictions", other, "--file", "test.csv").stderr == f"· {SAID}\n"


WRONG = [
    (("predictions", "nope"), 'no run "nope"'),
    (
        ("predictions", "--file", "nope.csv"),
        "--file nope.csv: no such file here   ferry predictions RUN --file nope.csv",
    ),
    (("predictions", "--file", "bad.csv"), "bad.csv: no rows"),
    (("predictions", "--file", "latin.csv"), "latin.csv: byte 22 is not UTF-8"),
    (("predictions", "--columns", "label=x"), "--columns label=x: of which file?"),
    (("predictions", "--file", "bad.csv", "--columns", "x"), "--columns x: expected NAME=COLUMN"),
    (("predictions", "-o", "csv"), "-o csv: expected json, yaml or a file, for example -o predictions.html"),
    (("predictions", "--file", "good.csv", "-o", "no/such.html"), "ferry: no/such.html: no such file"),
    (
        ("predictions", "--file", "good.csv", "-o", "bad.csv/x.html"),
        "ferry: bad.csv/x.html: a part of this name is a file",
    ),
]


def test_wrong_words_are_one_line_and_create_nothing(desk: Desk) -> None:
    (desk.folder / "bad.csv").write_text("id,label,prediction,cat\n")
    (desk.folder / "good.csv").write_text("id,label,prediction,cat\na,cat,cat,1\n")
    (desk.folder / "latin.csv").write_bytes("id,label,prediction,größe\n".encode("latin-1"))
    before = desk.listing()
    for typed, words in WRONG:
        done = desk.ferry(*typed)
        lines = done.stderr.splitlines()
        told = [line for line in lines if line.startswith("ferry: ")]
        assert (done.returncode, done.stdout, len(told)) == (2, "", 1), (typed, done.stderr)
        assert words in lines[-1], (typed, lines)
    assert desk.listing() == before
