"""What users' images differ in: the shell, the python, and what is missing."""

import shutil
from pathlib import Path

import pytest

from tests.integration.agent.pod import Pod, read, spec
from trainferry.runs import reader
from trainferry.store import open_store

NASTY = """
import os, sys
for size in (16383, 16384, 70000):
    os.write(1, bytes([65 + size % 26]) * size + b"\\n")
os.write(1, bytes(range(256)) + b"\\r\\n\\x1b[31m")
for step in range(30):
    os.write(1 + step % 2, b"\\rstep %d" % step)
os.write(2, b"\\nno newline at the end")
"""
SHELLS = {"dash": ["dash"], "busybox": ["busybox", "sh"], "bash": ["bash", "--posix"]}


def present(table: dict[str, list[str]]) -> list[str]:
    return [name for name, words in table.items() if shutil.which(words[0])]


def pythons() -> list[str]:
    """Folders with a python3, the oldest that we support first."""
    known = Path.home() / ".pyenv" / "versions"
    return ["", *(str(path / "bin") for path in sorted(known.glob("3.8.*")) + sorted(known.glob("3.13.*")))]


@pytest.mark.parametrize("bare", [False, True])
def test_every_byte_is_kept_in_every_shell(tmp_path: Path, bare: bool) -> None:
    script = tmp_path / "nasty.py"
    script.write_text(NASTY)
    runs = {
        name: spec(f"file://{tmp_path}/{name}", "sh", "-c", f"python3 {script}", bare=bare) for name in present(SHELLS)
    }
    pods = {name: Pod(tmp_path, run, shell=SHELLS[name]) for name, run in runs.items()}
    assert {name: pod.wait() for name, pod in pods.items()} == dict.fromkeys(runs, 0)
    seen = {pod.console.read_bytes() for pod in pods.values()}
    assert len(seen) == 1
    assert seen.pop().endswith(b"\rstep 29\nno newline at the end")
    if not bare:
        logs = {name: b"".join(reader.log(open_store(run.store), run.full_name)) for name, run in runs.items()}
        assert logs == {name: pod.console.read_bytes() for name, pod in pods.items()}


def test_old_and_new_pythons_run_the_wrapper(tmp_path: Path) -> None:
    pods = {place: Pod(tmp_path, spec(f"file://{tmp_path}/store"), python=place) for place in pythons()}
    assert {place: pod.wait() for place, pod in pods.items()} == dict.fromkeys(pods, 0)


def test_an_image_without_python_says_what_to_do(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "sh", "-c", "echo never")
    pod = Pod(tmp_path, run, env={"PATH": only(tmp_path, "sh", "sleep", "mv", "chmod")})
    assert pod.wait() == 64
    assert "this image has no python3" in pod.said()
    assert "ferry run --bare" in pod.said()
    verdict = read(run).attempts[-1].verdict
    assert verdict is not None
    assert (verdict.exit, verdict.by) == (64, "launcher")


def test_without_python_the_bare_launcher_keeps_the_promises(tmp_path: Path) -> None:
    path = {"PATH": only(tmp_path, "sh", "sleep", "mv", "chmod")}
    store = f"file://{tmp_path}/store"
    write = "echo 1 >$FERRY_OUTPUT/a.txt; echo attempt $FERRY_ATTEMPT; "
    pods = {
        "well": Pod(tmp_path, spec(store, "sh", "-c", write, bare=True), env=path),
        "seven": Pod(tmp_path, spec(store, "sh", "-c", write + "exit 7", bare=True), env=path),
        "own 74": Pod(tmp_path, spec(store, "sh", "-c", write + "exit 74", bare=True), env=path),
        "deleted": Pod(tmp_path, spec(store, "sh", "-c", write + "while :; do sleep 0.1; done", bare=True), env=path),
        "no code": Pod(tmp_path, spec(store, "sh", "-c", write, bare=True, code="a" * 64), env=path),
    }
    pods["deleted"].until("attempt 1").delete()
    assert {n: p.wait() for n, p in pods.items()} == {"well": 0, "seven": 7, "own 74": 1, "deleted": 75, "no code": 66}
    files = {name: sorted(read(pod.run).files) for name, pod in pods.items()}
    assert files == {name: [] if name == "no code" else ["a.txt"] for name in pods}


def test_what_the_command_leaves_behind_holds_nothing_up(tmp_path: Path) -> None:
    pod = Pod(tmp_path, spec(f"file://{tmp_path}/store", "sh", "-c", "sleep 1000 & echo gone"))
    assert (pod.wait(), pod.said()) == (0, "gone\n")


def test_a_shell_around_the_command_does_not_keep_the_signal(tmp_path: Path) -> None:
    worker = Path(__file__).with_name("worker.py")
    words = f"python3 {worker} --steps 100000 --save-on-term 0; code=$?; echo shell; exit $code"
    pod = (
        Pod(tmp_path, spec(f"file://{tmp_path}/store", "sh", "-c", f"trap : TERM; {words}")).until("step 2\n").delete()
    )
    assert pod.wait() == 0
    assert pod.said().endswith("saving\nshell\n")


def only(folder: Path, *programs: str) -> str:
    """A PATH with nothing but these programs."""
    place = folder / "bin"
    place.mkdir()
    for program in programs:
        (place / program).symlink_to(shutil.which(program) or "")
    return str(place)
