"""The table of DESIGN: what the container exits with, and what the verdict in the store says."""

from pathlib import Path

from tests.integration.agent.pod import Pod, read, spec

FOREVER = ("--steps", "100000", "--pause", "0.02")
# words of the command, what happens at step 2, exit code of the container, the command's own, who decided
TABLE: dict[str, tuple[tuple[str, ...], str, tuple[int, int | None, str]]] = {
    "zero": ((), "", (0, 0, "command")),
    "one": (("--exit", "1"), "", (1, 1, "command")),
    "usage": (("--exit", "64"), "", (64, 64, "command")),
    "data": (("--exit", "65"), "", (65, 65, "command")),
    "no input": (("--exit", "66"), "", (66, 66, "command")),
    "own 74": (("--exit", "74"), "", (1, 74, "command")),
    "again": (("--exit", "75"), "", (75, 75, "command")),
    "config": (("--exit", "78"), "", (78, 78, "command")),
    "deleted": (FOREVER, "delete", (75, 143, "wrapper")),
    "deleted, saved": ((*FOREVER, "--save-on-term", "75"), "delete", (75, 75, "wrapper")),
    "deleted, done": ((*FOREVER, "--save-on-term", "0"), "delete", (0, 0, "command")),
    "command killed": (FOREVER, "command", (75, 137, "wrapper")),
    "wrapper killed": (FOREVER, "wrapper", (75, None, "launcher")),
    "launcher killed": (FOREVER, "launcher", (137, None, "agent")),
    "agent killed": (("--pause", "0.5"), "agent", (0, 0, "command")),
    "segmentation fault": (("sh", "-c", "kill -SEGV $$"), "", (139, 139, "command")),
    "not found": (("nosuchprogram",), "", (127, 127, "wrapper")),
    "not executable": (("/etc/passwd",), "", (126, 126, "wrapper")),
}


def test_the_table_holds(tmp_path: Path) -> None:
    pods = {name: Pod(tmp_path, spec(f"file://{tmp_path}/store", *words)) for name, (words, _, _) in TABLE.items()}
    for name, (_, blow, _) in TABLE.items():
        if blow:
            pod = pods[name].until("step 2\n")
            pod.delete() if blow == "delete" else pod.kill(blow)
    exits = {name: pod.wait() for name, pod in pods.items()}
    verdicts = {name: read(pod.run).attempts[-1].verdict for name, pod in pods.items()}
    found = {name: (v.exit, v.code, v.by) for name, v in verdicts.items() if v}
    assert found == {name: expected for name, (_, _, expected) in TABLE.items()}
    assert exits == {name: expected[0] for name, (_, _, expected) in TABLE.items()}
    assert {name: read(pod.run).complete for name, pod in pods.items()} == {n: not code for n, code in exits.items()}
    assert "[ferry] nosuchprogram: command not found in this image" in pods["not found"].said()
    assert "/etc/passwd: not executable: chmod +x it" in pods["not executable"].said()


def test_own_failures_are_counted_over_attempts_and_end_at_the_cap(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "--exit", "1", retries=2)
    assert [Pod(tmp_path, run).wait() for _ in range(3)] == [1, 1, 78]
    last = read(run).attempts[-1].verdict
    assert last is not None
    assert (last.code, last.exit, last.reason) == (1, 78, "gave up after 3 failures: exit code 1")


def test_attempts_that_lead_nowhere_end_after_the_fifth(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "sh", "-c", "exit 75")
    assert [Pod(tmp_path, run).wait() for _ in range(5)] == [75, 75, 75, 75, 78]


def test_a_run_that_is_complete_is_not_trained_again(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store")
    assert Pod(tmp_path, run).wait() == 0
    before = read(run)
    pod = Pod(tmp_path, run)
    assert (pod.wait(), pod.said()) == (0, "[ferry] already done: the store has the whole output of this run\n")
    assert read(run) == before


def test_deleted_before_it_began_it_exits_75(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store")
    pod = Pod(tmp_path, run).delete()
    assert pod.wait() == 75
