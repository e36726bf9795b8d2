"""`ferry rerun` as it is typed: what the new run has of the old, what is told, what is refused."""

import json

from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_bad_inputs import one_line

TRAIN = """
import json, os, pathlib, sys
out = pathlib.Path(os.environ["FERRY_OUTPUT"])
rows = ["id,label,prediction,cat,dog,emu"]
for label, right in (("cat", 2), ("dog", 8), ("emu", 9)):
    for n in range(10):
        said = label if n < right else "dog" if label == "cat" else "emu" if label == "dog" else "cat"
        rows.append(f"{label}{n},{label},{said}," + ",".join("1" if said == c else "0" for c in ("cat", "dog", "emu")))
for name in NAMES:
    (out / name).write_text("\\n".join(rows) + "\\n")
print(sys.argv[1:], READS)
"""
BOTH = ("predictions.csv", "predictions-validation.csv")
ENVIRONMENT = "os.environ.get('FERRY_CLASS_WEIGHTS')"
ADAPTS = ENVIRONMENT + ", os.environ.get('FERRY_CLASS_WEIGHTS_MODE')"


def trained(desk: Desk, *arguments: str, reads: str = "''", names: tuple[str, ...] = BOTH) -> str:
    (desk.folder / "train.py").write_text(TRAIN.replace("NAMES", repr(names)).replace("READS", reads))
    sent = desk.ferry("run", "-o", "name", "--name", "base", "--", "python3", "train.py", *arguments)
    assert desk.ferry("wait").returncode == 0
    return sent.stdout.strip()


def record(desk: Desk, run: str) -> dict[str, object]:
    told: dict[str, object] = json.loads((desk.folder / "ferry-store/runs" / run / "run.json").read_text())
    return told


def test_the_worst_class_of_the_validation_images_counts_more(desk: Desk) -> None:
    parent = trained(desk, reads=ADAPTS)
    (desk.folder / "train.py").write_text("print('the code of today')\n")
    again = desk.ferry("rerun", "base", "--boost-worst", "3")
    new = record(desk, again.stderr.split("run       ")[1].split()[0])
    assert again.stdout == '[] {"cat": 3} adaptive\n'
    assert again.stderr.splitlines()[:2] == [
        "· cat is the worst class (20.0 % of the validation images, 6-51); its weight adapts up to 3; dog will "
        "probably pay: 8 of its 8 mistakes are taken for it",
        "·   --plain would fix the weight at 3",
    ]
    assert (str(new["run"])[:10], new["lineage"]) == ("base-cat3-", {"from": parent})
    spec, old = new["spec"], record(desk, parent)["spec"]
    assert isinstance(spec, dict)
    assert isinstance(old, dict)
    changed = {key: value for key, value in spec.items() if old.get(key) != value}
    assert changed == {"name": "base-cat3", "class_weights": {"cat": 3.0}, "class_weights_mode": "adaptive"}


def test_a_trainer_that_takes_them_in_its_command_gets_a_fixed_weight(desk: Desk) -> None:
    trained(desk, "--weights", "{class_weights}", names=BOTH[:1])
    again = desk.ferry("rerun", "base", "--class-weight", "cat=2.5", "--set", "lr=0.1")
    assert again.stdout == "['--weights', '{\"cat\": 2.5}', '--lr', '0.1'] \n"
    assert again.stderr.splitlines()[:2] == [
        "· chosen by the test images, since there is no predictions-validation.csv: a comparison on them flatters the "
        "new run",
        "· cat (20.0 % of the test images, 6-51); its weight is 2.5; dog will probably pay: 8 of its 8 mistakes are "
        "taken for it",
    ]


def test_a_training_that_takes_no_weights_is_refused_with_the_change_it_needs(desk: Desk) -> None:
    run = trained(desk)
    before = desk.listing()
    refused = desk.ferry("rerun", "base", "--boost-worst", "3")
    assert refused.stderr.splitlines() == [
        "· a training takes class weights with two lines, one of which reads them:",
        '·   weights = json.loads(os.environ.get("FERRY_CLASS_WEIGHTS", "{}"))',
        "·   loss = F.cross_entropy(logits, labels, torch.tensor([weights.get(name, 1.0) for name in classes]))",
        f"ferry: {run} takes no class weights: neither {{class_weights}} in its command nor FERRY_CLASS_WEIGHTS in its "
        "code   change the code, then  ferry run",
    ]
    assert (refused.returncode, desk.listing()) == (2, before)


def test_without_a_change_it_is_the_same_once_more(desk: Desk) -> None:
    parent = trained(desk)
    again = desk.ferry("rerun", "--memory", "8Gi", "-o", "name").stdout.strip()
    assert desk.ferry("wait", again).returncode == 0
    once_more = desk.ferry("rerun", "base", "-o", "name").stdout.strip()
    assert len({parent, again, once_more}) == 3
    assert all(run.startswith("base-") for run in (again, once_more))


def test_a_run_like_a_weighted_one_has_its_weights_unless_todays_code_takes_none(desk: Desk) -> None:
    trained(desk, reads=ADAPTS)
    assert desk.ferry("rerun", "base", "--class-weight", "cat=3", "--name", "cat").returncode == 0
    code = desk.folder / "train.py"
    code.write_text(code.read_text() + "print('today')\n")
    assert desk.ferry("run", "--like", "cat").stdout == '[] {"cat": 3} adaptive\ntoday\n'
    code.write_text("print('the code of today')\n")
    one_line(desk.ferry("run", "--like", "cat"), 2, "has class weights, and today's code takes none")


REFUSED = {
    ("--boost-worst", "much"): "--boost-worst much: expected a number above 0, for example --boost-worst 3",
    ("--class-weight", "cow=2"): "--class-weight cow: no such class; there are cat, dog, emu",
    ("--plain",): "--plain: of which weight?   ferry rerun --boost-worst 3 --plain",
    ("--set", "lr"): "--set lr: expected FLAG=VALUE, for example --set lr=0.1",
    ("--gpu", "two"): "--gpu two: expected a whole number, for example --gpu 2",
}


def test_what_cannot_be_meant_is_one_line(desk: Desk) -> None:
    trained(desk, reads=ENVIRONMENT)
    for words, told in REFUSED.items():
        one_line(desk.ferry("rerun", "base", *words), 2, told)


def test_a_run_without_predictions_says_what_they_are(desk: Desk) -> None:
    trained(desk, reads=ENVIRONMENT, names=())
    one_line(desk.ferry("rerun", "base", "--boost-worst", "3"), 2, "has no predictions.csv")
