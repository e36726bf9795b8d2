"""`ferry run --like` as it is typed: today's code, and all else as it was."""

import json
from typing import Any

from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_bad_inputs import one_line

TRAIN = "import os, sys\nfor path in sys.argv[2:]: print({word!r}, sys.argv[1], open(path + '/n').read())\n"


def code(desk: Desk, word: str) -> None:
    """What train.py prints today."""
    (desk.folder / "train.py").write_text(TRAIN.format(word=word))


def pushed(desk: Desk, content: str) -> None:
    """A version of the dataset numbers."""
    folder = desk.folder.parent / "numbers"
    folder.mkdir(exist_ok=True)
    (folder / "n").write_text(content)
    assert desk.ferry("data", "push", str(folder)).returncode == 0


def trained(desk: Desk) -> str:
    """A run named base, with much that is not usual, and its full name."""
    pushed(desk, "1")
    code(desk, "old")
    odd = (
        "--name",
        "base",
        "--data",
        "n=numbers",
        "--memory",
        "3Gi",
        "--env",
        "A=b",
        "--label",
        "team=x",
        "--keep",
        "3",
    )
    sent = desk.ferry("run", "-o", "name", *odd, "--", "python3", "train.py", "said", "{data.n}")
    assert desk.ferry("wait").returncode == 0
    return sent.stdout.strip()


def record(desk: Desk, run: str) -> dict[str, Any]:
    """What is written down about a run."""
    told: dict[str, Any] = json.loads((desk.folder / "ferry-store/runs" / run / "run.json").read_text())
    return told


def changes(desk: Desk, parent: str, run: str) -> dict[str, Any]:
    """What of the spec of run is not as in its parent's."""
    old, new = record(desk, parent)["spec"], record(desk, run)["spec"]
    assert old.keys() == new.keys()
    return {key: value for key, value in new.items() if old[key] != value}


def submitted(told: str) -> str:
    """The full name out of the story."""
    return told.split("run       ")[1].split()[0]


def test_it_runs_todays_code_on_the_data_and_with_all_that_it_was(desk: Desk) -> None:
    parent = trained(desk)
    pushed(desk, "2")
    code(desk, "new")
    (desk.folder / "ferry.toml").write_text('[run]\nmemory = "1Gi"\ncommand = "false"\nenv = { C = "d" }\n')
    again = desk.ferry("run", "--like", "base")
    assert (again.stdout, again.returncode) == ("new said 1\n", 0), again.stderr
    assert f"· like      {parent}: python3 train.py said '{{data.n}}'\n" in again.stderr
    run = submitted(again.stderr)
    assert changes(desk, parent, run).keys() == {"code"}
    assert record(desk, run)["lineage"] == {"from": parent}


def test_what_is_said_counts(desk: Desk) -> None:
    parent = trained(desk)
    pushed(desk, "2")
    words = ("--data", "numbers", "--memory", "5Gi", "--env", "C=d", "--name", "other")
    again = desk.ferry("run", "--like", "base", *words, "--", "python3", "train.py", "anew", "{data}")
    assert again.stdout == "old anew 2\n"
    run = submitted(again.stderr)
    changed = changes(desk, parent, run)
    assert changed.keys() == {"name", "command", "data", "resources", "env"}
    assert (changed["resources"]["memory"], changed["env"]) == ("5Gi", {"A": "b", "C": "d"})
    told = json.loads(desk.ferry("describe", run, "-o", "json").stdout)
    now, then = changed["data"][0]["version"][:8], record(desk, parent)["spec"]["data"][0]["version"][:8]
    assert told["lineage"] == [
        {
            "from": parent,
            "changed": [
                "other command",
                f"data numbers numbers@{now}",
                "C d",
                f"without data n numbers@{then}",
                "memory 5Gi, was 3Gi",
            ],
        }
    ]
    header, first, second = (line.split() for line in desk.ferry("get", "runs", "-o", "wide").stdout.splitlines())
    at = header.index("FROM")
    assert [(line[0], line[at]) for line in (first, second)] == [(parent, "-"), (run, parent)]


def test_without_any_change_it_is_the_same_run_unless_asked_for_again(desk: Desk) -> None:
    parent = trained(desk)
    same = desk.ferry("run", "--like", "base", "-o", "json")
    told = json.loads(same.stdout)
    assert (told["run"], told["created"]) == (parent, False)
    assert record(desk, parent)["lineage"] == {}
    again = desk.ferry("run", "--like", "base", "--again")
    assert changes(desk, parent, submitted(again.stderr)).keys() == {"tag"}


def test_what_is_not_there_is_one_line_and_nothing_is_created(desk: Desk) -> None:
    trained(desk)
    one_line(desk.ferry("run", "--like", "nobody"), 2, 'no run "nobody" on this machine')
    assert desk.ferry("data", "rm", "numbers").returncode == 0
    before = desk.listing()
    one_line(desk.ferry("run", "--like", "base"), 2, "numbers")
    assert desk.listing() == before
