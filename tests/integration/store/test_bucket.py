"""What only a bucket can do to us: bad networks, refusals, damage on the way."""

import os
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer, free_port
from trainferry.errors import Changed, Corrupt, Forbidden, Missing, Unreachable
from trainferry.store import Store, open_store

LARGE = 80 << 20


@pytest.fixture
def store(bucket: str) -> Store:
    return open_store(f"gs://{bucket}/team", timeout=5, patience=5)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_a_busy_server_is_asked_again(store: Store, server: GcsServer, bucket: str, status: int) -> None:
    for call in (
        lambda: store.put("a", b"1"),
        lambda: store.stat("a"),
        lambda: store.get("a"),
        lambda: store.copy("a", "b"),
    ):
        server.fault(scope=f"{bucket}/", status=status, count=2)
        call()
    assert store.get("b") == b"1"


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_wants_to_be_left_alone_is(store: Store, server: GcsServer, bucket: str, status: int) -> None:
    """It is asked again when it said, and not at all when that is longer than anybody waits."""
    store.put("a", b"1")
    server.reset_counters(bucket)
    server.fault(scope=f"{bucket}/", status=status, retry_after=1, count=1)
    assert store.get("a") == b"1"
    assert server.counters(bucket)["requests"] == 2
    server.fault(scope=f"{bucket}/", status=status, retry_after=3600)
    with pytest.raises(Unreachable, match=f"the store answers {status}"):
        store.get("a")
    assert server.counters(bucket)["requests"] == 3


@pytest.mark.parametrize("fault", [{"reset": True}, {"lost": True}])
def test_a_broken_connection_is_taken_up_again(
    store: Store, server: GcsServer, bucket: str, fault: dict[str, bool]
) -> None:
    server.fault(scope=f"{bucket}/", count=1, **fault)
    store.put("a", b"1")
    server.fault(scope=f"{bucket}/", count=1, **fault)
    assert store.get("a") == b"1"


def test_a_lost_answer_to_a_swap_says_changed(store: Store, server: GcsServer, bucket: str) -> None:
    server.fault(scope=f"{bucket}/", kind="insert", count=1, lost=True)
    with pytest.raises(Changed):
        store.put("a", b"1", if_generation=0)
    assert store.get("a") == b"1"


def test_a_download_cut_in_the_middle_goes_on(store: Store, server: GcsServer, bucket: str) -> None:
    store.put("a", data := os.urandom(LARGE))
    server.fault(scope=f"{bucket}/", kind="download", cut=1 << 20, count=3)
    assert b"".join(store.read("a")) == data


def test_a_large_upload_goes_on_where_it_broke(store: Store, server: GcsServer, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data := os.urandom(LARGE))
    server.reset_counters(bucket)
    server.fault(scope=f"{bucket}/", kind="insert", skip=1, count=1, reset=True)
    store.put_file("a", tmp_path / "file")
    assert b"".join(store.read("a")) == data
    assert server.counters(bucket)["bytes_in"] < 1.5 * LARGE


def test_an_object_that_is_replaced_while_it_is_read_is_noticed(store: Store) -> None:
    store.put("a", bytes(LARGE))
    reading = store.read("a")
    next(reading)
    store.put("a", os.urandom(LARGE))
    with pytest.raises((Changed, Corrupt)):
        list(reading)


def test_a_refusal_is_one_line_with_the_next_command(store: Store, server: GcsServer, bucket: str) -> None:
    server.fault(scope=f"{bucket}/", status=403)
    with pytest.raises(Forbidden) as caught:
        store.put("a", b"")
    assert str(caught.value).startswith(f"gs://{bucket}/team/a: ")
    assert caught.value.hint.startswith(f"gcloud storage buckets add-iam-policy-binding gs://{bucket} ")


def test_a_bucket_that_does_not_exist_is_named(server: GcsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    store = open_store("gs://no-such-bucket/team")
    for call in (lambda: store.put("a", b""), lambda: list(store.list(""))):
        with pytest.raises(Missing) as caught:
            call()
        assert str(caught.value) == (
            "no bucket gs://no-such-bucket   gcloud storage buckets create gs://no-such-bucket"
        )


def test_a_bucket_may_be_called_bucket(server: GcsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.make_bucket("my-bucket")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    store = open_store("gs://my-bucket/team")
    assert store.stat("no") is None
    with pytest.raises(Missing, match="no object gs://my-bucket/team/no"):
        store.get("no")


def test_no_server_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable) as caught:
        open_store("gs://bucket", patience=1).stat("a")
    expected = "gs://bucket/a: no answer from the store (Connection refused)   is there a network?"
    assert str(caught.value) == expected


def test_no_credentials_name_the_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(Unreachable) as caught:
        open_store("gs://bucket").stat("a")
    expected = "gs://bucket/a: no Google credentials on this machine   gcloud auth application-default login"
    assert str(caught.value) == expected
