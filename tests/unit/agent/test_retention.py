"""`--keep`: which checkpoints have had their day."""

from dataclasses import replace

from trainferry.agent.retention import Retention
from trainferry.agent.scan import Seen
from trainferry.agent.words import TOO_SHORT
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile, Verdict


def manifest(*steps: int, attempt: int = 1) -> OutputManifest:
    """The steps are stored, written at second `step`."""
    files = {
        f"checkpoints/step-{step}.pt": StoredFile([f"o{step}"], 1, 1, attempt, mtime=float(step)) for step in steps
    }
    return OutputManifest("base", files, [Attempt(number, "", 0.0) for number in range(1, attempt + 1)])


def disk(*steps: int) -> dict[str, Seen]:
    return {f"checkpoints/step-{step}.pt": Seen(1, step * 10**9, step, 0o644) for step in steps}


def passed(keep: int, stored: OutputManifest, seen: dict[str, Seen], ended: bool = False) -> list[int]:
    return steps(Retention(keep).passed(stored, seen, ended))


def steps(paths: set[str]) -> list[int]:
    return sorted(int(path.partition("-")[2].partition(".")[0]) for path in paths)


def test_without_keep_everything_stays() -> None:
    assert passed(0, manifest(*range(9)), disk(*range(9)), ended=True) == []


def test_the_newest_three_and_the_one_that_may_still_be_written_stay() -> None:
    assert passed(3, manifest(*range(8, 13)), disk(*range(8, 13))) == [8]
    assert passed(3, manifest(*range(8, 13)), disk(*range(8, 13)), ended=True) == [8, 9]


def test_two_stay_whatever_keep_says() -> None:
    assert passed(1, manifest(1, 2, 3, 4), disk(1, 2, 3, 4), ended=True) == [1, 2]


def test_what_is_not_stored_as_it_lies_there_does_not_count() -> None:
    assert passed(2, manifest(1, 2, 3), disk(1, 2, 3, 4, 5)) == [1]
    rewritten = {**disk(1, 2, 3, 4), "checkpoints/step-3.pt": Seen(1, 3_500_000_000, 3, 0o644)}
    assert passed(2, manifest(1, 2, 3, 4), rewritten) == []


def test_what_had_its_day_is_not_sent_again_though_it_lies_there() -> None:
    assert passed(2, manifest(7, 8, 9), disk(*range(10))) == [0, 1, 2, 3, 4, 5, 6]


def test_a_folder_of_which_a_file_is_not_stored_yet_does_not_count() -> None:
    stored, seen = manifest(1, 2, 9), disk(1, 2, 9)
    for number, name in enumerate(("a", "b")):
        path = f"checkpoints/step-5/{name}"
        seen[path] = Seen(1, 5 * 10**9, 5, 0o644)
        if number == 0:
            stored.files[path] = StoredFile(["x"], 1, 1, 1, mtime=5.0)
    assert passed(2, stored, seen) == []
    stored.files["checkpoints/step-5/b"] = StoredFile(["y"], 1, 1, 1, mtime=5.0)
    assert passed(2, stored, seen) == [1]


def test_the_last_checkpoint_of_a_killed_attempt_does_not_count() -> None:
    killed = manifest(1, 2, 3)
    killed.attempts.append(Attempt(2, "", 0.0))
    killed.files |= manifest(4, 5, attempt=2).files
    assert passed(2, killed, disk(1, 2, 3, 4, 5)) == [1]
    for verdict, gone in (
        (Verdict(75, 75, "command"), [1, 2]),
        (Verdict(75, 75, "command", reason=f"{TOO_SHORT}; more"), [1]),
        (Verdict(None, 75, "wrapper"), [1]),
    ):
        killed.attempts[0] = replace(killed.attempts[0], verdict=verdict)
        assert passed(2, killed, disk(1, 2, 3, 4, 5)) == gone


def test_a_name_without_a_number_and_the_best_stay_and_do_not_count() -> None:
    stored, seen = manifest(1, 2, 3), disk(1, 2, 3)
    for name in ("last.pt", "best.safetensors", "best-9.pt", "last.json"):
        stored.files[f"checkpoints/{name}"] = StoredFile(["x"], 1, 1, 1, mtime=9.0)
        seen[f"checkpoints/{name}"] = Seen(1, 9 * 10**9, 9, 0o644)
    assert passed(2, stored, seen, ended=True) == [1]


def test_what_was_certain_counts_when_the_command_removes_it_and_what_was_not_does_not() -> None:
    rule, stored = Retention(2), manifest(1, 2, 3, 4)
    assert steps(rule.passed(stored, disk(1, 2, 3, 4), ended=False)) == [1]
    assert steps(rule.passed(stored, disk(1, 4), ended=True)) == [1, 2]
    assert [step for step in (1, 2, 3, 4) if rule.remains(f"checkpoints/step-{step}.pt", stored)] == [2, 3, 4]
    assert passed(2, stored, disk(1, 4), ended=True) == []
