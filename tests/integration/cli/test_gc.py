"""`ferry gc`, as it is typed."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import FERRY, Desk
from tests.integration.cli.test_bad_inputs import one_line

OLD = 1e9


@pytest.fixture
def littered(desk: Desk) -> Desk:
    """A dataset with a lost shard beside its own, and code that no run names; both old."""
    (desk.folder / "pets").mkdir()
    (desk.folder / "pets/a.txt").write_text("miau")
    desk.ferry("data", "push", "pets")
    store = desk.folder / "ferry-store"
    litter = {f"datasets/pets/shards/{'0' * 64}.tar": 3000, f"code/{'a' * 64}.tar.gz": 10}
    for name, size in litter.items():
        (store / name).parent.mkdir(exist_ok=True)
        (store / name).write_bytes(bytes(size))
        os.utime(store / name, (OLD, OLD))
    return desk


def objects(desk: Desk) -> list[str]:
    store = desk.folder / "ferry-store"
    found = (path.relative_to(store) for path in store.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parts[0] not in (".ferry", "gc"))


TABLE = [
    ["KIND", "NAME", "OBJECTS", "SIZE", "AGE", "WHAT"],
    ["shards", "pets", "1", "2.9 KiB", "shards no version names"],
    ["code", "a" * 12, "1", "10 B", "code no run names"],
]


def rows(text: str) -> list[list[str]]:
    """Without the ages."""
    cells = [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in text.splitlines()]
    return [row if row[0] == "KIND" else row[:4] + row[5:] for row in cells]


def test_a_dry_run_lists_and_deletes_nothing(littered: Desk) -> None:
    before = littered.listing()
    done = littered.ferry("gc", "--dry-run")
    assert (done.returncode, done.stderr, rows(done.stdout)) == (0, "", TABLE)
    assert littered.ferry("gc", "--dry-run", "-o", "name").stdout.splitlines() == ["pets", "a" * 12]
    listed = json.loads(littered.ferry("gc", "--dry-run", "-o", "json").stdout)["items"]
    assert [(one["kind"], one["size"], one["since"]) for one in listed] == [("shards", 3000, OLD), ("code", 10, OLD)]
    assert littered.listing() == before


def test_where_nobody_can_be_asked_nothing_goes_without_yes(littered: Desk) -> None:
    before = objects(littered)
    done = littered.ferry("gc")
    assert (done.returncode, rows(done.stdout)) == (2, TABLE)
    words = "gc: nothing was deleted (2 things, 2.9 KiB), for nobody is here to say yes   ferry gc --yes"
    assert done.stderr == f"ferry: {words}\n"
    assert objects(littered) == before


def test_what_was_listed_goes_and_the_dataset_stays(littered: Desk) -> None:
    done = littered.ferry("gc", "--yes")
    assert (done.returncode, rows(done.stdout)) == (0, TABLE)
    assert done.stderr == "· deleted 2 objects, 2.9 KiB\n"
    assert [name.split("/")[0] for name in objects(littered)] == ["datasets", "datasets"]
    assert littered.ferry("verify", "pets").returncode == 0
    assert littered.ferry("gc", "--yes").stderr == "· nothing to delete\n"


@pytest.mark.parametrize(("answer", "left"), [("n\n", 4), ("y\n", 2)])
def test_on_a_terminal_it_asks(littered: Desk, answer: str, left: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [FERRY, "gc"], cwd=littered.folder, env=littered.environment, stdin=theirs, stderr=theirs,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(theirs)
    told = b""
    while b"delete 2 things, 2.9 KiB? [y/N]" not in told:
        told += os.read(ours, 4096)
    os.write(ours, answer.encode())
    process.communicate(timeout=60)
    os.close(ours)
    assert (process.returncode, len(objects(littered))) == (0, left)


WRONG = [
    (("gc", "--older-than", "soon"), "--older-than soon: expected a time with its unit, for example"),
    (("gc", "--older-than", "10"), "--older-than 10"),
    (("gc", "--jobs-older-than", "0d"), "--jobs-older-than 0d"),
    (("gc", "-o", "csv"), "-o csv"),
    (("gc", "--store", "nonsense"), "store nonsense"),
    (("gc", "now"), "now"),
    (("gc", "--dryrun"), "--dryrun"),
]


@pytest.mark.parametrize(("typed", "words"), WRONG, ids=[" ".join(typed) for typed, _ in WRONG])
def test_wrong_words_are_one_line_and_create_nothing(desk: Desk, typed: tuple[str, ...], words: str) -> None:
    before = desk.listing()
    one_line(desk.ferry(*typed), 2, words)
    assert desk.listing() == before


def test_an_empty_store_has_no_garbage_and_stays_empty(desk: Desk, tmp_path: Path) -> None:
    before = desk.listing()
    done = desk.ferry("gc", "--yes")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "· nothing to delete\n")
    assert desk.listing() == before
