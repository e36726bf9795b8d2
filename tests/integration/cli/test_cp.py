"""`ferry cp` as a user types it."""

import json
import os
import subprocess
import time
from pathlib import Path

import google_crc32c
import pytest

from tests.integration.cli.conftest import FERRY, Desk
from trainferry.data.push import push
from trainferry.runs import manifest, reader
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile
from trainferry.store import Store, open_store

RUN = "base-0a1b2c3d"
FILES = {"last.ckpt": b"weights", "checkpoints/best.pt": os.urandom(9 << 20), "report.txt": b"fine\n"}
CRC = {path: f"{google_crc32c.value(data):08x}" for path, data in FILES.items()}


@pytest.fixture
def store(desk: Desk) -> Store:
    """A finished run and a dataset, in the folder that is the store when nothing is configured."""
    found = open_store((desk.folder / "ferry-store").as_uri())
    stored = {}
    for path, data in FILES.items():
        name = found.put(f"runs/{RUN}/output/1/{path}", data).name
        stored[path] = StoredFile([name], len(data), google_crc32c.value(data), 1, 0o755 if "txt" in path else 0o644)
    manifest.save(found, OutputManifest(RUN, stored, [Attempt(1, "x", 0.0)], complete=True), 0)
    (desk.home / "cats").mkdir()
    for number in range(30):
        (desk.home / f"cats/{number:02}.png").write_bytes(b"%d" % number)
    push(found, desk.home / "cats", "cats")
    return found


def ferry(desk: Desk, *words: str, said: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """With bytes in and out."""
    command = [FERRY, *words]
    return subprocess.run(command, cwd=desk.folder, env=desk.environment, input=said, capture_output=True, timeout=120)


def test_few_files_are_told_one_by_one_many_in_a_sum(desk: Desk, store: Store) -> None:
    one = desk.ferry("cp", "base:best")
    assert one.stdout == f"best.pt   9.0 MiB   crc32c {CRC['checkpoints/best.pt']}   verified\n"
    two = desk.ferry("cp", "-r", "base:*.[tc]*", "out")
    assert two.stdout.splitlines() == [
        f"out/last.ckpt   7 B   crc32c {CRC['last.ckpt']}   verified",
        f"out/report.txt   5 B   crc32c {CRC['report.txt']}   verified",
    ]
    assert two.stderr == "· 2 files, 12 B, verified\n"
    many = desk.ferry("cp", "cats:.", "cats")
    assert (many.returncode, many.stdout) == (0, "30 files, 50 B, verified\n")
    assert os.access(desk.folder / "out/report.txt", os.X_OK)
    assert not os.access(desk.folder / "out/last.ckpt", os.X_OK)


def test_json_is_for_programs(desk: Desk, store: Store) -> None:
    done = desk.ferry("cp", "base:last.ckpt", "w", "-o", "json")
    row = {"source": f"{RUN}:last.ckpt", "target": "w", "size": 7, "crc32c": CRC["last.ckpt"]}
    assert json.loads(done.stdout) == {"items": [row]}
    assert desk.ferry("cp", "base:last.ckpt", "w", "-o", "name").stdout == "w\n"


def test_stdout_gets_the_bytes_and_nothing_else(desk: Desk, store: Store) -> None:
    done = ferry(desk, "cp", "base:checkpoints/best.pt", "-")
    assert (done.returncode, done.stdout) == (0, FILES["checkpoints/best.pt"])
    assert done.stderr.decode().splitlines()[-1] == "· 1 file, 9.0 MiB, verified"
    assert ferry(desk, "cp", "cats:07.png", "-").stdout == b"7"


@pytest.mark.parametrize("size", [0, 5, 20 << 20])
def test_stdin_becomes_an_object(desk: Desk, store: Store, size: int) -> None:
    data = os.urandom(size)
    done = ferry(desk, "cp", "-", f"{store.url}/area/piped", said=data)
    assert done.returncode == 0, done.stderr
    assert store.get("area/piped") == data
    assert list(store.list("cp.parts/")) == []


def test_local_files_go_into_a_run_and_a_dataset(desk: Desk, store: Store) -> None:
    (desk.folder / "note.md").write_text("good")
    assert desk.ferry("cp", "note.md", "base:").stdout.startswith(f"{RUN}:note.md   4 B   crc32c ")
    into = desk.ferry("cp", "note.md", "train.py", "cats:docs/")
    assert into.returncode == 0, into.stderr
    assert sorted(reader.files(store, RUN)) == [*sorted([*FILES, "note.md"])]
    assert desk.ferry("cp", "cats:docs", ".").returncode == 0
    assert (desk.folder / "docs/note.md").read_text() == "good"


def test_a_run_that_is_under_way_keeps_its_output_to_itself(desk: Desk) -> None:
    (desk.folder / "note.md").write_text("good")
    run = desk.ferry("run", "-d", "--name", "long", "--", "sleep", "60").stdout.strip()
    try:
        done = desk.ferry("cp", "note.md", "long:")
        line = f"ferry: cp long:: {run} is under way, its output is its own until it ends   ferry wait {run}\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", line)
    finally:
        desk.ferry("delete", "long", "--wait")


WRONG = {
    ("a", "b"): "cp a: expected RUN:PATH, DATASET:PATH, a store's URL, share:ID or -",
    ("base:", "."): "cp base:: expected RUN:PATH",
    ("nope:x", "."): 'no run "nope"',
    ("base:nope", "."): f"{RUN} has no nope; it has checkpoints/best.pt, last.ckpt, report.txt",
    ("cats:nope", "."): "has no nope; it has 00.png",
    ("cats@ffff:x", "."): 'no version "ffff" of dataset cats',
    ("base:.", "train.py"): "3 files do not fit into the file train.py",
    ("base:.", "-"): "3 files do not fit into one stream",
    ("-", "base:x"): "cp - base:x: stdin goes to a store's URL only",
    ("-", "-"): "- is one source and one target",
    ("train.py", "share:abc"): "a share never changes",
    ("nope.txt", "base:"): "nope.txt: no such file",
    ("/dev/null", "base:"): "/dev/null: neither a file nor a folder",
    ("train.py", "base:last.ckpt/x"): "last.ckpt is a file already",
    ("train.py", "cats:00.png/x"): "it would be a file and a folder",
    ("train.py", "base:/etc/passwd"): "/etc/passwd",
    ("train.py", "base:../x"): "../x",
    ("train.py", "cats:../x"): "../x",
    ("train.py", "cats@0123:x"): "a version never changes",
    ("file:///nowhere/at/all", "."): "nothing at file:///nowhere/at/all",
    ("s3://bucket/x", "."): "s3://bucket",
    ("share:nope", "."): "nope",
}


@pytest.mark.parametrize("typed", WRONG, ids=" ".join)
def test_wrong_input_is_one_line(desk: Desk, store: Store, typed: tuple[str, ...]) -> None:
    before = sorted(desk.listing())
    done = desk.ferry("cp", *typed)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("ferry: ")
    assert WRONG[typed] in line
    assert sorted(desk.listing()) == before


def test_interrupted_says_nothing_and_goes_on(desk: Desk, store: Store) -> None:
    """Ctrl-C is 130, and leaves nothing under the final name."""
    os.mkfifo(desk.folder / "pipe")
    process = subprocess.Popen(
        [FERRY, "cp", "-", f"{store.url}/x"], cwd=desk.folder, env=desk.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(2)
    process.send_signal(2)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"")
    assert store.stat("x") is None


def test_damaged_bytes_never_get_a_name(desk: Desk, store: Store) -> None:
    path = Path(desk.folder / "ferry-store/runs" / RUN / "output/1/checkpoints/best.pt")
    data = bytearray(path.read_bytes())
    data[4 << 20] ^= 1
    path.write_bytes(data)
    done = desk.ferry("cp", "base:best", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "crc32c" in done.stderr
    assert not list(desk.folder.glob("*best*"))
