"""From a URL to a store, without asking anybody."""

import subprocess
import sys
from pathlib import Path

import pytest

from trainferry.errors import BadInput
from trainferry.store import open_store
from trainferry.store.http import HttpStore


def test_opening_creates_nothing(tmp_path: Path) -> None:
    assert open_store((tmp_path / "a b").as_uri()).url == f"file://{tmp_path}/a%20b"
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_may_have_a_prefix() -> None:
    assert open_store("gs://team/ferry/").url == "gs://team/ferry"


@pytest.mark.parametrize("url", ["", "/tmp/store", "s3://bucket", "gs://", "file://host/path", "file:relative"])
def test_another_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_store(url)
    expected = "expected gs://BUCKET/PREFIX or file:///FOLDER   for example --store gs://my-bucket/ferry"
    assert str(caught.value) == f"store {url}: {expected}"


def test_a_folder_needs_no_google_package() -> None:
    code = "import sys, trainferry.store as s; s.open_store('file:///x'); sys.exit('google.cloud' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_volume_is_reached_from_a_pod_by_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("first\n")
    monkeypatch.setenv("FERRY_GATEWAY", "http://ferry-gateway-claim:8080/")
    monkeypatch.setenv("FERRY_GATEWAY_TOKEN", str(tmp_path / "token"))
    store = open_store("volume://claim/team/")
    assert isinstance(store, HttpStore)
    door = store.door
    assert (store.url, door.base, dict(door.headers())) == (
        "volume://claim/team",
        "http://ferry-gateway-claim:8080",
        {"X-Ferry-Token": "first"},
    )
    (tmp_path / "token").write_text("second")
    assert dict(door.headers()) == {"X-Ferry-Token": "second"}


def test_a_volume_has_no_way_outside_a_pod() -> None:
    with pytest.raises(BadInput) as caught:
        open_store("volume://claim")
    line = "store volume://claim: a volume is reached through its cluster   ferry init --store volume://claim"
    assert str(caught.value) == line


def test_opening_a_folder_loads_no_server_and_no_http() -> None:
    code = "import sys, trainferry.store; sys.exit(bool({'starlette', 'urllib3', 'uvicorn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
