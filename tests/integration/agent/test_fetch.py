"""What the command finds when it begins, and what happens when that is not to be had."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.agent.pod import Pod, read, spec
from trainferry.data.push import push
from trainferry.runs import layout
from trainferry.spec.runspec import DataMount
from trainferry.store import Store, open_store


def put_code(store: Store, text: str) -> str:
    """A snapshot with one script; its digest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("train.py")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))
    digest = hashlib.sha256(gzip.decompress(packed.getvalue())).hexdigest()
    store.put(layout.snapshot(digest), packed.getvalue())
    return digest


def test_code_and_data_lie_where_the_command_was_told(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/store")
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "one.txt").write_text("1")
    version = push(store, tmp_path / "digits", "digits").version
    code = put_code(store, "import sys; print(open(sys.argv[1] + '/one.txt').read())")
    words = ("sh", "-c", "python3 train.py {data.digits}")
    pod = Pod(tmp_path, spec(store.url, *words, code=code, data=(DataMount("digits", "digits", version),)))
    assert (pod.wait(), pod.said()) == (0, "1\n")


def test_what_cannot_be_fetched_ends_the_run_and_is_named(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/store")
    gone, forged = "a" * 64, "b" * 64
    store.put(layout.snapshot(forged), b"not this")
    nothing = (DataMount("digits", "digits", "c" * 64),)
    pods = {
        "no code": Pod(tmp_path, spec(store.url, code=gone)),
        "forged code": Pod(tmp_path, spec(store.url, code=forged)),
        "no data": Pod(tmp_path, spec(store.url, data=nothing)),
    }
    assert {name: pod.wait() for name, pod in pods.items()} == {"no code": 66, "forged code": 65, "no data": 66}
    assert gone in pods["no code"].said()
    assert forged in pods["forged code"].said()
    assert "digits" in pods["no data"].said()
    verdicts = {name: read(pod.run).attempts[-1].verdict for name, pod in pods.items()}
    assert {name: v and (v.by, v.code) for name, v in verdicts.items()} == dict.fromkeys(pods, ("fetch", None))


def test_output_that_was_damaged_is_not_trained_upon_and_not_forgotten(tmp_path: Path) -> None:
    run = spec(f"file://{tmp_path}/store", "--exit", "75")
    assert Pod(tmp_path, run).wait() == 75
    before = read(run).files
    stored = tmp_path / "store" / before["checkpoints/last.json"].objects[0]
    stored.write_bytes(stored.read_bytes()[::-1])
    pod = Pod(tmp_path, run)
    assert pod.wait() == 65
    assert "last.json" in pod.said()
    assert read(run).files == before


@pytest.mark.parametrize("seconds", [2, None])
def test_a_store_that_is_away_at_the_start(
    tmp_path: Path, server: GcsServer, bucket: str, seconds: float | None
) -> None:
    server.fault(f"{bucket}/", status=503, seconds=seconds)
    pod = Pod(tmp_path, spec(f"gs://{bucket}/x"), stall=3)
    assert pod.wait() == (0 if seconds else 75), pod.said()
