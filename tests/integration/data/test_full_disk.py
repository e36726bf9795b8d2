"""A disk that is really full: one line that names the path, nothing visible."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pathlib import Path
from trainferry.data.copy import fetch_file
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.errors import FerryError
from trainferry.store import open_store
small, folder, verb = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
store = open_store((small / "store" if verb == "push" else folder.parent / "store").as_uri())
try:
    version = push(store, folder, "cats").version
    if verb == "pull":
        pull(store, "cats", version, small / "out")
    shard = next(store.list("datasets/cats/shards/"))
    fetch_file(store, [shard.name], shard.size, shard.crc32c, small / "file")
except FerryError as error:
    print(type(error).__name__, error, sep=": ")
print(sorted(path.name for path in small.iterdir() if not path.name.startswith(".")))
if verb == "push":
    print([info.name for info in store.list("")])
"""
HINT = "no space left   `df -h` shows where the space went\n"


def run(verb: str, tmp_path: Path) -> str:
    """In a mount namespace of its own, where `small` has one MiB."""
    (tmp_path / "small").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data/file").write_bytes(bytes(2 << 20))
    mount = f'mount -t tmpfs -o size=1m none {tmp_path}/small && exec "$@"'
    command = [sys.executable, "-c", SCRIPT, f"{tmp_path}/small", f"{tmp_path}/data", verb]
    return subprocess.check_output(["unshare", "-rm", "sh", "-c", mount, "sh", *command], text=True)


@pytest.mark.parametrize(
    ("verb", "path", "visible"),
    [
        ("push", "small/store/datasets/cats/shards/", "['store']\n[]\n"),
        ("pull", "small/.out.ferry-pull/file", "[]\n"),
        ("fetch", "small/file", "[]\n"),
    ],
)
def test_a_full_disk_is_one_line(verb: str, path: str, visible: str, tmp_path: Path) -> None:
    line, rest = run(verb, tmp_path).split("\n", 1)
    assert line.startswith(f"Full: {tmp_path}/{path}")
    assert line.endswith(HINT.strip())
    assert rest == visible
