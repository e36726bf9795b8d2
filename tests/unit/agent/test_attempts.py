from pathlib import Path

import pytest

from trainferry.agent.attempts import Attempts, Fenced, verdict_of
from trainferry.agent.config import AgentConfig, for_run
from trainferry.runs import manifest, record
from trainferry.runs.manifest import StoredFile, Verdict
from trainferry.spec.placeholders import POD
from trainferry.spec.runspec import RunSpec
from trainferry.store.file import FileStore

RUN = RunSpec("base", ("true",), "file:///store", retries=1)


def attempts(folder: Path, identity: str) -> Attempts:
    begun = Attempts(FileStore(folder), for_run(RUN, POD, 120), identity, "node-1")
    begun.begin()
    return begun


def test_the_config_travels_as_text() -> None:
    config = for_run(RUN, POD, 120)
    assert AgentConfig.loads(config.dumps()) == config


def test_an_agent_that_starts_again_keeps_its_attempt(tmp_path: Path) -> None:
    numbers = [attempts(tmp_path, uid).number for uid in ("a", "a", "b", "b")]
    assert numbers == [1, 1, 2, 2]


def test_the_run_is_recorded_when_it_was_applied_by_others(tmp_path: Path) -> None:
    attempts(tmp_path, "a")
    kept = record.read(FileStore(tmp_path), RUN.full_name)
    assert kept is not None
    assert kept.spec == RUN.to_dict()


def test_an_older_attempt_can_neither_publish_nor_begin_again(tmp_path: Path) -> None:
    old = attempts(tmp_path, "a")
    attempts(tmp_path, "b")
    old.publish("model.pt", StoredFile(["x"], 1, 1, 1))
    with pytest.raises(Fenced):
        old.save()
    with pytest.raises(Fenced):
        attempts(tmp_path, "a")


def test_a_verdict_is_written_once_however_often_the_agent_was_killed(tmp_path: Path) -> None:
    failed = Verdict(1, 1, "command", reason="exit code 1")
    for _ in range(3):
        attempts(tmp_path, "a").settle(failed)
    found, _ = manifest.load(FileStore(tmp_path), RUN.full_name)
    assert (found.own_failures, found.complete, found.attempts[0].verdict) == (1, False, failed)


def test_the_failure_after_the_last_retry_is_exit_code_78_and_keeps_the_true_code(tmp_path: Path) -> None:
    settled = [attempts(tmp_path, uid).settle(Verdict(3, 3, "command", reason="exit code 3")) for uid in "ab"]
    assert [(v.code, v.exit, v.reason) for v in settled] == [
        (3, 3, "exit code 3"),
        (3, 78, "gave up after 2 failures: exit code 3"),
    ]


def test_a_new_checkpoint_or_metric_ends_the_count_of_idle_attempts(tmp_path: Path) -> None:
    exits = []
    for number in range(8):
        one = attempts(tmp_path, str(number))
        if number == 2:
            one.publish("checkpoints/last.json", StoredFile([], 0, 0, one.number))
        exits.append(one.settle(Verdict(75, 75, "command")).exit)
    assert exits == [75, 75, 75, 75, 75, 75, 75, 78]


def test_attempts_that_never_began_are_not_idle(tmp_path: Path) -> None:
    settled = [attempts(tmp_path, str(n)).settle(Verdict(None, 75, "wrapper")).exit for n in range(8)]
    assert settled == [75] * 8


def test_the_launcher_s_short_word_becomes_a_verdict() -> None:
    told = {"code": None, "exit": 64, "by": "launcher", "terminated": False, "reason": "no python3", "more": 1}
    verdict = verdict_of(told)
    verdict.ended = 0.0
    assert verdict == Verdict(None, 64, "launcher", reason="no python3")
