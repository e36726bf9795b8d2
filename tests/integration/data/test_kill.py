"""kill -9 in the middle of a push: nothing is visible, and the next push sends only what is missing."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.data.trees import shards, tree
from trainferry.data import catalog
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.errors import Unreachable
from trainferry.store import Store, open_store

RATE = 20e6  # bytes a second: the push of 60 MiB takes three seconds
CODE = """
import sys
from pathlib import Path
from trainferry.data.push import push
from trainferry.store import open_store
push(open_store(sys.argv[1]), Path(sys.argv[2]), "cats", lambda progress: print(progress.done_bytes, flush=True))
"""


def killed(store: Store, folder: Path, after: float) -> int:
    """Kills a push when it has come to so many bytes. Returns how it ended."""
    command = [sys.executable, "-c", CODE, store.url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= after:
                break
        process.kill()
    return process.returncode


@pytest.mark.parametrize("seed", range(3))
def test_only_missing_shards_travel_again(
    seed: int, server: GcsServer, bucket: str, remote: Store, folder: Path, tmp_path: Path
) -> None:
    server.fault(scope=f"{bucket}/", rate=RATE)
    assert killed(remote, folder, random.Random(seed).uniform(0, 50e6)) == -9
    assert catalog.datasets(remote) == []
    left = shards(remote)
    server.heal(f"{bucket}/")
    pushed = push(remote, folder, "cats")
    now = shards(remote)
    kept = {name: generation for name, generation in left.items() if name.endswith(".tar")}
    assert {name: now[name] for name in kept} == kept  # the same generation: not written again
    assert pushed.new_shards <= len(now) - len(kept)  # one may have arrived after the kill
    assert not [name for name in now if ".parts/" in name]
    pull(remote, "cats", pushed.version, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)


def test_of_a_large_file_only_missing_parts_travel(
    server: GcsServer, bucket: str, remote: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainferry.data.shards.PART", 1 << 20)
    for path in folder.rglob("*.png"):
        path.unlink()
    store = open_store(remote.url, patience=1)
    server.fault(scope=f"{bucket}/", kind="insert", prefix="team/datasets/cats/shards", skip=9, status=503)
    with pytest.raises(Unreachable):
        push(store, folder, "cats")
    left = len(shards(store))
    assert left == 9
    server.heal(f"{bucket}/")
    server.reset_counters(bucket)
    pushed = push(store, folder, "cats")
    assert pushed.new_bytes < (16 << 20) - 8 * (1 << 20)
    assert len(shards(store)) == 2
