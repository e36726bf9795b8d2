"""A bucket's settings, told with the command that would change them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from trainferry.errors import Missing
from trainferry.store import gcs_hints

GOOD = {
    "location": "EUROPE-WEST4",
    "storageClass": "STANDARD",
    "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
    "lifecycle": {"rule": [
        {"action": {"type": "Delete"}, "condition": {"age": 7, "matchesPrefix": ["team/cp.parts/"]}},
        {"action": {"type": "Delete"}, "condition": {"age": 1, "matchesPrefix": ["others/"]}},
        {"action": {"type": "Delete"}, "condition": {"age": 1, "isLive": False}},
    ]},
}  # fmt: skip
UPDATE = "gcloud storage buckets update gs://b"
CASES: list[tuple[dict[str, Any], str]] = [
    (
        {"softDeletePolicy": {"retentionDurationSeconds": "604800"}},
        f"soft delete keeps, and bills, every deleted checkpoint for 7 days   {UPDATE} --clear-soft-delete",
    ),
    (
        {"versioning": {"enabled": True}},
        f"versioning keeps, and bills, whatever is replaced or deleted   {UPDATE} --no-versioning",
    ),
    (
        {"retentionPolicy": {"retentionPeriod": "2592000"}},
        "a retention policy of 30 days: the output of a run cannot be rewritten, and runs fail   "
        f"{UPDATE} --clear-retention-period",
    ),
    (
        {"lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]}},
        "a lifecycle rule deletes datasets and results after 30 days   "
        "gcloud storage buckets describe gs://b --format='yaml(lifecycle_config)'",
    ),
    (
        {"iamConfiguration": {"publicAccessPrevention": "enforced"}},
        f"single objects may have rights of their own   {UPDATE} --uniform-bucket-level-access",
    ),
    (
        {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}}},
        "nothing prevents that somebody makes it public (shares do not need it)   "
        f"{UPDATE} --public-access-prevention",
    ),
    (
        {"storageClass": "NEARLINE"},
        f"nearline bills every read, and objects that are deleted early   {UPDATE} --default-storage-class=STANDARD",
    ),
]  # fmt: skip


class Bucket(BaseHTTPRequestHandler):
    """One bucket's metadata."""

    status, settings = 200, dict[str, Any]()

    def do_GET(self) -> None:
        said = self.settings if self.status == 200 else {"error": {"code": self.status, "message": "no"}}
        body = json.dumps(said).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Bucket]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(Bucket, "status", 200)
        yield Bucket
        server.shutdown()


def test_a_bucket_as_it_should_be_needs_no_hint(bucket: type[Bucket]) -> None:
    bucket.settings = GOOD
    assert gcs_hints.look("b", "team") == ("gs://b: EUROPE-WEST4, standard", [])


@pytest.mark.parametrize(("settings", "hint"), CASES)
def test_each_setting_has_its_hint(bucket: type[Bucket], settings: dict[str, Any], hint: str) -> None:
    bucket.settings = {**GOOD, **settings}
    assert gcs_hints.look("b", "team")[1] == [hint]


def test_without_the_right_nothing_is_wrong(bucket: type[Bucket]) -> None:
    bucket.status = 403
    line = "gs://b: its settings are for those who have storage.buckets.get; nothing needs them"
    assert gcs_hints.look("b", "team") == (line, [])


def test_no_bucket_is_named(bucket: type[Bucket]) -> None:
    bucket.status = 404
    with pytest.raises(Missing, match="no bucket gs://b"):
        gcs_hints.look("b", "team", patience=1)
