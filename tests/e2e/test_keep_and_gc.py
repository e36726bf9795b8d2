"""On a real cluster: the newest checkpoints are kept and verified, and what is over goes without them."""

from tests.e2e.conftest import Project

SAVE = "for n in 1 2 3 4 5; do sleep 1; echo $n > {checkpoints}/step-$n.pt; done; echo best > {output}/best.safetensors"


def test_two_checkpoints_stay_and_outlive_the_job(project: Project) -> None:
    project.code("worker.py")
    run = project.ferry("run", "-d", "--name", "kept", "--keep", "2", "--", "sh", "-c", SAVE).stdout.strip()
    project.ferry("wait", run)
    table = [line.split() for line in project.ferry("get", "checkpoints", run).stdout.splitlines()[1:]]
    assert sorted((row[1], row[-1]) for row in table) == [
        ("best.safetensors", "crc32c"),
        ("checkpoints/step-4.pt", "crc32c"),
        ("checkpoints/step-5.pt", "crc32c"),
    ]
    project.ferry("verify", f"{run}:checkpoints")
    listed = project.ferry("gc", "--dry-run", "--jobs-older-than", "1s").stdout
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [["job", run]]
    assert "deleted 0 objects, 0 B, 1 Job" in project.ferry("gc", "--jobs-older-than", "1s", "--yes").stderr
    assert project.get("jobs")["items"] == []
    assert len(project.ferry("verify", f"{run}:checkpoints").stdout.splitlines()) == 2
