"""How often the store is asked."""

import shutil
from pathlib import Path
from typing import Any

from tests.cluster.gcs_server import GcsServer
from trainferry.data.push import push
from trainferry.data.stat_cache import MARGIN, StatCache
from trainferry.store import Store


def kinds(server: GcsServer, bucket: str) -> dict[str, Any]:
    counted: dict[str, Any] = server.counters(bucket)["kinds"]
    server.reset_counters(bucket)
    return counted


def test_a_second_push_reads_the_list_of_versions_only(
    server: GcsServer, bucket: str, remote: Store, folder: Path, cache: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("trainferry.data.stat_cache.MARGIN", -MARGIN)  # the files are this young only in a test
    push(remote, folder, "cats")
    assert StatCache(folder).path.parent == cache / "ferry/stat"
    server.reset_counters(bucket)
    assert push(remote, folder, "cats").new_bytes == 0
    assert kinds(server, bucket) == {"list": 1}


def test_without_what_was_remembered_it_reads_the_index_too(
    server: GcsServer, bucket: str, remote: Store, folder: Path, cache: Path
) -> None:
    push(remote, folder, "cats")
    shutil.rmtree(cache, ignore_errors=True)
    server.reset_counters(bucket)
    assert push(remote, folder, "cats").new_bytes == 0
    assert kinds(server, bucket) == {"list": 1, "download": 1}


def test_a_changed_file_costs_one_shard_and_one_index(
    server: GcsServer, bucket: str, remote: Store, folder: Path
) -> None:
    push(remote, folder, "cats")
    (folder / "b/run.sh").write_text("false")
    server.reset_counters(bucket)
    push(remote, folder, "cats")
    assert kinds(server, bucket) == {"list": 2, "download": 1, "insert": 2, "get": 1}
