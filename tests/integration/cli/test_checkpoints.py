"""`ferry get checkpoints` and `ferry verify`, as they are typed."""

import json

from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_bad_inputs import one_line

SAVE = """
import json, os, pathlib, struct
out = pathlib.Path(os.environ["FERRY_OUTPUT"])
text = json.dumps({"w": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}).encode()
for step in range(1, 6):
    (out / f"checkpoints/step-{step}.pt").write_bytes(b"x" * step)
    with open(out / "metrics.jsonl", "a") as metrics:
        metrics.write(json.dumps({"step": step, "accuracy": step / 10}) + "\\n")
(out / "best.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"1234")
"""


def trained(desk: Desk, *flags: str) -> str:
    (desk.folder / "save.py").write_text(SAVE)
    run = desk.ferry("run", "-o", "name", "--name", "base", *flags, "--", "python3", "save.py").stdout.strip()
    assert desk.ferry("wait").returncode == 0
    return run


def test_three_checkpoints_and_the_best_are_kept_listed_and_verified(desk: Desk) -> None:
    run = trained(desk, "--keep", "3")
    table = [line.split() for line in desk.ferry("get", "checkpoints", "base").stdout.splitlines()]
    assert [(row[0], row[1], row[-1]) for row in table] == [
        ("STEP", "FILE", "VERIFIED"),
        *((str(step), f"checkpoints/step-{step}.pt", "crc32c") for step in (3, 4, 5)),
        ("-", "best.safetensors", "crc32c"),
    ]
    assert [row[4:6] for row in table[1:4]] == [["accuracy", f"0.{step}"] for step in (3, 4, 5)]
    listed = json.loads(desk.ferry("get", "checkpoints", "base", "-o", "json").stdout)["items"]
    assert (listed[0]["step"], listed[0]["metric"], listed[0]["verified"]) == (3, "accuracy 0.3", "crc32c")
    verified = desk.ferry("verify", "base")
    assert (verified.returncode, verified.stderr) == (0, "· 5 files verified\n")
    lines = verified.stdout.splitlines()
    assert [line.split("   ")[0] for line in lines] == sorted(line.split("   ")[0] for line in lines)
    assert all(line.endswith("ok (crc32c, sha256)") for line in lines), lines
    weights = next((desk.folder / "ferry-store/runs" / run).glob("output/*/checkpoints/step-4.pt"))
    weights.write_bytes(b"yyyy")
    one_line_after(desk.ferry("verify", "base:checkpoints/*"), "ferry: base:checkpoints/*: 1 file of 3 differ")
    one_line(desk.ferry("verify", "base:nope"), 2, f"{run} has no nope")


def one_line_after(done: object, words: str) -> None:
    """What was read is told; the line of the error names what is bad."""
    assert done.returncode == 1  # type: ignore[attr-defined]
    complaint = done.stderr.splitlines()  # type: ignore[attr-defined]
    assert len(complaint) == 1
    assert complaint[0].startswith(words)
    assert complaint[0].endswith("checkpoints/step-4.pt")


def test_a_dataset_is_verified_by_its_name(desk: Desk) -> None:
    (desk.folder / "pets").mkdir()
    (desk.folder / "pets/a.txt").write_text("miau")
    version = desk.ferry("data", "push", "pets").stdout.strip().partition("@")[2]
    for name in ("pets", f"pets@{version}"):
        done = desk.ferry("verify", name)
        assert (done.returncode, done.stderr) == (0, "· 1 file verified\n"), done.stderr
    one_line(desk.ferry("verify", "pets@00"), 2, 'no version "00" of dataset pets')


WRONG = [
    (("verify",), "Missing argument"),
    (("verify", "nope"), 'no run "nope"'),
    (("verify", "nope:best"), 'no run "nope"'),
    (("verify", "nope@1"), 'no dataset "nope"'),
    (("verify", ":best"), "verify :best: expected RUN, RUN:PATH or DATASET[@VERSION]"),
    (("verify", "base:"), "verify base:: expected RUN"),
    (("verify", "Bad Name!"), 'no run "Bad Name!"'),
    (("verify", "nope", "-o", "csv"), "-o csv"),
    (("get", "checkpoints", "nope", "-o", "csv"), "-o csv"),
    (("run", "--keep", "many", "--", "true"), "--keep many: expected a whole number, for example --keep 2"),
    (("run", "--keep", "-1", "--", "true"), "--keep -1"),
]


def test_wrong_words_are_one_line_and_create_nothing(desk: Desk) -> None:
    before = desk.listing()
    for typed, words in WRONG:
        done = desk.ferry(*typed)
        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout, len(lines)) == (2, "", 1), (typed, done.stderr)
        assert words.lower() in lines[0].lower(), (typed, lines)
    assert desk.listing() == before
