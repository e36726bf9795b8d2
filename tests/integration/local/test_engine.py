"""Runs as processes of this machine: what a user sees, and what is left behind (nothing)."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.local.conftest import Desk, command_line, until
from trainferry.errors import BadInput, Missing
from trainferry.runs import reader
from trainferry.spec.runspec import SecretRef

SLOW = ("python3", "worker.py", "--output", "{output}", "--steps", "200", "--step-seconds", "0.05")
QUICK = ("python3", "worker.py", "--output", "{output}", "--steps", "4", "--step-seconds", "0.02")


def at_step(desk: Desk, run: str, step: int) -> bool:
    return f"step {step}\n".encode() in b"".join(desk.engine.logs(run))


def test_a_run_ends_with_everything_in_the_store(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*QUICK, "--megabytes", "3", code=worker)
    assert desk.submit(spec)
    assert desk.outcome(spec).succeeded
    assert desk.manifest(spec).complete
    assert sorted(desk.manifest(spec).files) == ["checkpoints/state.json", "last_words.bin", "metrics.jsonl"]
    assert desk.stored(spec, "last_words.bin") == b"".join(bytes([n]) * (1 << 20) for n in range(3))
    assert desk.pids(spec) == []
    assert list((desk.engine.home / "runs" / spec.full_name / "attempts").iterdir()) == []


def test_a_finished_run_submitted_again_is_not_run_again(desk: Desk) -> None:
    spec = desk.spec("sh", "-c", "echo trained")
    desk.run(spec)
    assert not desk.submit(spec)
    assert desk.log(spec) == b"trained\n"
    desk.engine.delete(spec.full_name, wait=True)
    assert desk.submit(spec)
    assert desk.outcome(spec).succeeded
    assert desk.log(spec) == b"trained\n"


def test_a_running_run_submitted_again_is_left_alone(desk: Desk) -> None:
    spec = desk.spec("sleep", "60")
    assert desk.submit(spec)
    assert not desk.submit(spec)


def test_the_command_sees_the_users_environment_and_the_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUD", "yes")
    monkeypatch.setenv("FERRY_HOME", "/elsewhere")
    words = 'echo "$LOUD $DEPTH $FERRY_RUN $FERRY_ATTEMPT ${FERRY_HOME-none}"; pwd; ls; [ "$FERRY_OUTPUT" = {output} ]'
    spec = desk.spec("sh", "-c", words, env=(("DEPTH", "3"),), code={"train.py": "pass"})
    assert desk.run(spec).succeeded
    first, folder, files = desk.log(spec).decode().splitlines()
    assert first == f"yes 3 {spec.full_name} 1 none"
    assert (Path(folder).name, files) == ("code", "train.py")


def test_following_gives_the_bytes_of_the_store_over_all_attempts(desk: Desk) -> None:
    words = "printf 'one\\rtwo\\r\\nbell\\a\\n'; sleep 0.3; [ -e {output}/x ] && exit 0; echo > {output}/x; exit 75"
    spec = desk.spec("sh", "-c", words)
    desk.submit(spec)
    followed = b"".join(desk.engine.logs(spec.full_name, follow=True))
    assert followed == b"one\rtwo\r\nbell\a\n" * 2 == desk.log(spec)
    assert followed == b"".join(reader.log(desk.store, spec.full_name))
    assert followed == b"".join(desk.engine.logs(spec.full_name))


def test_a_deleted_run_saves_and_goes_on_when_it_is_submitted_again(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*SLOW, code=worker)
    desk.submit(spec)
    until("step 3", lambda: at_step(desk, spec.full_name, 3))
    desk.engine.delete(spec.full_name, wait=True)
    assert desk.pids(spec) == []
    assert not (desk.engine.home / "runs" / spec.full_name).exists()
    with pytest.raises(Missing, match=spec.full_name):
        desk.engine.status(spec.full_name)
    desk.submit(spec)
    until("second start", lambda: desk.log(spec).count(b"start at step") == 2)
    assert b"start at step 0\n" not in desk.log(spec).split(b"start at step 0\n", 1)[1]


def test_who_watches_a_run_sees_it_deleted(desk: Desk) -> None:
    spec = desk.spec("sleep", "60")
    desk.submit(spec)
    seen: list[str] = []
    watcher = threading.Thread(target=lambda: seen.extend(s.phase for s in desk.engine.watch(spec.full_name)))
    watcher.start()
    until("Running", lambda: "Running" in seen)
    desk.engine.delete(spec.full_name)
    watcher.join(timeout=60)
    assert seen[-1] == "Stopped"


def test_a_run_whose_supervisor_was_killed_says_so_and_goes_on(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*SLOW, code=worker)
    desk.submit(spec)
    until("step 3", lambda: at_step(desk, spec.full_name, 3))
    old = desk.pids(spec)
    os.kill(desk.pid(spec, "trainferry.local.supervisor"), signal.SIGKILL)
    until("lost", lambda: desk.status(spec).finished)
    assert (desk.status(spec).phase, desk.status(spec).reason) == ("Failed", "Lost")
    assert desk.submit(spec)
    until("second start", lambda: desk.log(spec).count(b"start at step") == 2)
    assert not set(old) & set(desk.pids(spec))
    assert len(desk.manifest(spec).attempts) == 2


def test_a_killed_agent_is_started_again_and_keeps_its_attempt(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*QUICK[:-3], "40", "--step-seconds", "0.05", code=worker)
    desk.submit(spec)
    until("step 3", lambda: at_step(desk, spec.full_name, 3))
    os.kill(desk.pid(spec, "trainferry.agent"), signal.SIGKILL)
    assert desk.outcome(spec).succeeded
    assert len(desk.manifest(spec).attempts) == 1
    assert len(desk.stored(spec, "metrics.jsonl").splitlines()) == 40


def test_a_killed_wrapper_takes_nothing_else_along(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*SLOW, code=worker)
    desk.submit(spec)
    until("step 3", lambda: at_step(desk, spec.full_name, 3))
    os.kill(desk.pid(spec, "wrapper.pyz"), signal.SIGKILL)
    until("an end", lambda: len(desk.manifest(spec).attempts) > 1 or desk.status(spec).finished)
    assert "checkpoints/state.json" in desk.manifest(spec).files


def test_what_a_command_leaves_running_ends_with_it(desk: Desk) -> None:
    spec = desk.spec("sh", "-c", "setsid sh -c 'sleep 1000 & sleep 1000' >/dev/null 2>&1 & echo away")
    assert desk.run(spec).succeeded
    assert desk.pids(spec) == []


def test_a_shutdown_ends_the_run_politely_and_it_goes_on_later(desk: Desk, worker: dict[str, str]) -> None:
    spec = desk.spec(*SLOW, code=worker)
    desk.submit(spec)
    until("step 3", lambda: at_step(desk, spec.full_name, 3))
    os.kill(desk.pid(spec, "trainferry.local.supervisor"), signal.SIGTERM)
    assert not desk.outcome(spec).succeeded
    assert desk.status(spec).reason == "Lost"
    assert desk.submit(spec)


def test_rows_name_what_is_there(desk: Desk) -> None:
    first, second = desk.spec("true", labels=(("team", "a"),)), desk.spec("true", name="other")
    desk.run(first)
    desk.run(second)
    rows = desk.engine.runs()
    assert [(r.run, r.status, r.attempts, r.store) for r in rows] == [
        (first.full_name, "Succeeded", 1, desk.store.url),
        (second.full_name, "Succeeded", 1, desk.store.url),
    ]
    assert [row.run for row in desk.engine.runs("team=a")] == [first.full_name]


def test_a_secret_that_is_not_in_the_environment_is_asked_for(desk: Desk) -> None:
    spec = desk.spec("true", secrets=(SecretRef("API_TOKEN", "keys", "token"),))
    with pytest.raises(BadInput, match="API_TOKEN") as raised:
        desk.submit(spec)
    assert raised.value.hint == "export API_TOKEN=..."
    assert desk.engine.runs() == []


def test_a_command_that_lost_all_its_keepers_is_ended_before_the_next_attempt(
    desk: Desk, worker: dict[str, str]
) -> None:
    spec = desk.spec(*SLOW, code=worker)
    desk.submit(spec)
    until("step 3", lambda: at_step(desk, spec.full_name, 3))
    (orphan,) = (pid for pid in desk.pids(spec) if command_line(pid).startswith("python3 worker.py"))

    def alone() -> bool:
        """Whoever is started anew meanwhile is killed too."""
        others = set(desk.pids(spec)) - {orphan}
        for pid in others:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not others

    until("only the command is left", alone)
    assert desk.submit(spec)
    assert orphan not in desk.pids(spec)


def test_a_run_does_not_belong_to_the_terminal(desk: Desk) -> None:
    spec = desk.spec("sleep", "60")
    desk.submit(spec)
    supervisor = desk.pid(spec, "trainferry.local.supervisor")
    assert os.getsid(supervisor) != os.getsid(0)
    assert os.readlink(f"/proc/{supervisor}/fd/0") == os.devnull
    assert Path(f"/proc/{supervisor}/stat").read_text().rpartition(")")[2].split()[4] == "0"  # no controlling terminal
