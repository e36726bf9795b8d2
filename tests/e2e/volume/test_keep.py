"""A claim's run keeps its newest checkpoints; they are verified from outside, and none of it is garbage."""

from tests.e2e.test_keep_and_gc import SAVE
from tests.e2e.volume.conftest import Sea


def test_two_checkpoints_of_a_run_on_a_claim_stay(sea: Sea) -> None:
    project = sea.project
    run = project.ferry("run", "-d", "--name", "kept", "--keep", "2", "--", "sh", "-c", SAVE).stdout.strip()
    project.ferry("wait", run)
    names = project.ferry("get", "checkpoints", run, "-o", "name").stdout.split()
    assert sorted(names) == ["best.safetensors", "checkpoints/step-4.pt", "checkpoints/step-5.pt"]
    read = project.ferry("verify", f"{run}:checkpoints").stdout.splitlines()
    assert [line.rpartition("   ")[2] for line in read] == ["ok (crc32c, sha256)"] * 2
    assert run not in project.ferry("gc", "--dry-run", "-o", "name").stdout.split()
