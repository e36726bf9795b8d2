"""Two pushes of one dataset name at once: both versions are there and whole, the newest is whose index came last."""

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.data.trees import tree
from trainferry.data import catalog
from trainferry.data.index import Shard
from trainferry.data.pull import pull
from trainferry.store import open_store

CODE = """
import sys
from pathlib import Path
from trainferry.data.push import push
from trainferry.store import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1], patience=5)  # the emulator answers 500, not 404, when a part is gone
print(push(store, Path(sys.argv[2]), "cats").version)
"""
ROUNDS = 3


def folders(root: Path) -> list[Path]:
    """Two that share their first files, which fill whole shards, and differ in one more."""
    made = [root / "a", root / "b"]
    for folder in made:
        (folder / "common").mkdir(parents=True)
        for number in range(40):
            (folder / f"common/{number:02}").write_bytes(bytes([number]) * 1_000_000)
        (folder / "own").write_text(folder.name)
    return made


def pushed(url: str, folders: list[Path], cache: Path) -> list[str]:
    """One process a folder, started at the same moment; the versions that they say."""
    processes = [
        subprocess.Popen(
            ["env", f"XDG_CACHE_HOME={cache / folder.name}", sys.executable, "-c", CODE, url, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for folder in folders
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    return said


def shards(url: str, version: str) -> set[Shard]:
    return set(catalog.load(open_store(url), "cats", version).shards)


def test_both_versions_are_there_and_share_what_is_the_same(url: str, tmp_path: Path) -> None:
    made, store = folders(tmp_path), open_store(url)
    for number in range(ROUNDS):
        for folder in made:
            (folder / "own").write_text(f"{folder.name} {number}")
        versions = pushed(url, made, tmp_path / "cache")
        known = catalog.versions(store, "cats")
        assert sorted(known[-2:]) == sorted(versions)
        assert catalog.resolve(store, "cats") == known[-1]
        for folder, version in zip(made, versions, strict=True):
            target = tmp_path / "out" / version
            pull(store, "cats", version, target)
            assert tree(target) == tree(folder)
    assert len(set(known)) == 2 * ROUNDS
    assert shards(url, versions[0]) & shards(url, versions[1])


def test_the_same_large_file_at_once_is_one_shard(url: str, tmp_path: Path) -> None:
    """Whoever composes it first removes the parts that the other still sends."""
    made = [tmp_path / "a", tmp_path / "b"]
    data = os.urandom(70 << 20)
    for folder in made:
        folder.mkdir()
        (folder / "large.bin").write_bytes(data)
        (folder / "own").write_text(folder.name)
    versions = pushed(url, made, tmp_path / "cache")
    common = shards(url, versions[0]) & shards(url, versions[1])
    assert [shard.size > len(data) for shard in common] == [True]
    assert not [info.name for info in open_store(url).list("datasets/cats/shards/") if ".parts/" in info.name]


def test_the_same_content_at_once_is_one_version(url: str, tmp_path: Path) -> None:
    made = folders(tmp_path)
    (made[1] / "own").write_text("a")
    versions = pushed(url, made, tmp_path / "cache")
    assert versions[0] == versions[1]
    assert catalog.versions(open_store(url), "cats") == versions[:1]
    pull(open_store(url), "cats", versions[0], tmp_path / "out")
    assert tree(tmp_path / "out") == tree(made[0])
