"""Shares of a bucket: a page of V4 signed links behind one signed link, checked by a server that verifies them."""

import hashlib
import html
import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser

from tests.cluster.gcs_server import GcsServer
from tests.integration.cli.conftest import Desk, desk
from tests.integration.share.conftest import Shelf, stock
from trainferry.store import open_store

__all__ = ["desk"]
ACCOUNT = "ferry@team.iam.gserviceaccount.com"
SEED = 20261125


@dataclass(frozen=True)
class Bucket:
    """A desk whose store is a bucket with one run."""

    desk: Desk
    shelf: Shelf

    def share(self, *words: str) -> dict[str, Any]:
        done = self.desk.ferry("share", *words, "-o", "json")
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def cloud(desk: Desk, bucket: str, server: GcsServer, key: rsa.RSAPrivateKey) -> Iterator[Bucket]:
    """Signed with a key file; the server has its public half and refuses every other signature."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {"type": "service_account", "client_email": ACCOUNT, "private_key": private.decode(), "project_id": "p"}
    (desk.home / "key.json").write_text(json.dumps({**account, "token_uri": "http://127.0.0.1:1/"}))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    server.control(public_key=public.decode())
    desk.environment |= {
        "STORAGE_EMULATOR_HOST": server.url,
        "FERRY_STORE": f"gs://{bucket}/team",
        "GOOGLE_APPLICATION_CREDENTIALS": str(desk.home / "key.json"),
        "NO_GCE_CHECK": "true",
    }
    yield Bucket(desk, stock(open_store(f"gs://{bucket}/team")))
    server.control(public_key="")


def get(url: str, method: str = "GET") -> tuple[int, bytes, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def test_the_link_is_a_page_of_links_that_are_signed_each(cloud: Bucket) -> None:
    told = cloud.share("base:best", "notes")
    status, page, headers = get(told["link"])
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Cache-Control"] == "private, no-store"
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', page.decode())]
    assert len(links) == len(told["files"])
    for file, link in zip(told["files"], links, strict=True):
        status, data, headers = get(link)
        assert (status, hashlib.sha256(data).hexdigest()) == (200, file["sha256"])
        assert data == cloud.shelf.files[file["path"]]
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Content-Disposition"].startswith("attachment; filename=")
        assert headers["Content-Type"] == file["content_type"]


@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_works_in_a_browser(cloud: Bucket, browser: Browser, tmp_path: Path, width: int) -> None:
    told = cloud.share("base:best", "--name", "For Bob & <co>")
    context = browser.new_context(viewport={"width": width, "height": 800})
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(told["link"])
    assert page.locator("h1").inner_text() == "For Bob & <co>"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.keyboard.press("Tab")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "best.safetensors"
    started.value.save_as(tmp_path / "got")
    assert hashlib.sha256((tmp_path / "got").read_bytes()).hexdigest() == told["files"][0]["sha256"]
    context.close()
    assert complaints == []


def test_the_story_says_that_whoever_has_the_link_can_open_it(cloud: Bucket) -> None:
    done = cloud.desk.ferry("share", "base:best", "--direct")
    (link,) = done.stdout.splitlines()
    assert "whoever has this link can open it" in done.stderr
    assert get(link)[1] == cloud.shelf.files["checkpoints/best.safetensors"]


def test_a_share_that_is_taken_back_opens_nothing(cloud: Bucket) -> None:
    told = cloud.share("base:best")
    links = [told["link"], *map(html.unescape, re.findall(r'href="([^"]+)"', get(told["link"])[1].decode()))]
    assert cloud.desk.ferry("unshare", told["id"]).returncode == 0
    assert {get(link)[0] for link in links} == {404}
    assert not list(cloud.shelf.store.list("shares/"))


def test_an_expired_link_opens_nothing(cloud: Bucket) -> None:
    told = cloud.share("base:best", "--expires", "4s", "--direct")
    assert get(told["link"])[0] == 200
    assert told["expires"] <= time.time() + 4
    time.sleep(max(0.0, told["expires"] - time.time()) + 1.5)
    assert get(told["link"])[0] == 400
    assert json.loads(cloud.desk.ferry("get", "shares", "-o", "json").stdout) == {"items": []}


def test_another_name_expiry_date_or_signature_opens_nothing(cloud: Bucket) -> None:
    told = cloud.share("base:best", "--direct")
    link, data = told["link"], cloud.shelf.files["checkpoints/best.safetensors"]
    signed = re.compile(r"(?<=team/)shares[^?]+|(?<=Date=)\d+|(?<=Expires=)\d+|(?<=Signature=).+")
    places = [at for found in signed.finditer(link) for at in range(*found.span())]
    dice = random.Random(SEED)
    for _ in range(300):
        at = dice.choice(places)
        changed = link[:at] + dice.choice("0123456789abcdef") + link[at + 1 :]
        if changed != link:
            status, body, _ = get(changed)
            assert (status >= 400, body[:64] == data[:64]) == (True, False), changed
    for method in ("PUT", "DELETE", "POST"):
        assert get(link, method)[0] >= 400
    assert get(link)[1] == data


def test_a_share_made_out_to_somebody_is_refused_in_one_line(cloud: Bucket) -> None:
    done = cloud.desk.ferry("share", "base", "--to", "bob")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "ferry: --to: the links of a bucket are bearer links, whoever has one can open it   "
        "leave --to away, or keep the run in volume://CLAIM\n"
    )
    assert not list(cloud.shelf.store.list("shares/"))


@pytest.mark.parametrize("who", ["nobody", "a person"])
def test_without_a_way_to_sign_nothing_is_copied(cloud: Bucket, who: str) -> None:
    path = cloud.desk.home / "key.json"
    person = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    path.write_text(json.dumps(person))
    if who == "nobody":
        del cloud.desk.environment["GOOGLE_APPLICATION_CREDENTIALS"]
    done = cloud.desk.ferry("share", "base")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert "gcloud auth application-default login" in done.stderr
    assert not list(cloud.shelf.store.list("shares/"))
