"""The GCS server of the tests does what GCS does where its emulator does not."""

import base64
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.api_core.exceptions import GoogleAPICallError, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.oauth2 import service_account
from google.resumable_media import InvalidResponse

from tests.cluster.gcs_server import GcsServer, gcs_server

BIG = os.urandom(3 << 20)
MIB = 1 << 20


@pytest.fixture(scope="module")
def gcs() -> Iterator[GcsServer]:
    with gcs_server() as server:
        yield server


@pytest.fixture
def bucket(gcs: GcsServer) -> Iterator[storage.Bucket]:
    name = f"b-{time.monotonic_ns()}"
    gcs.make_bucket(name)
    options = {"api_endpoint": gcs.url}
    client = storage.Client(project="p", credentials=AnonymousCredentials(), client_options=options)
    client._bucket_metadata_cache = None  # it asks for the bucket whenever it likes, and requests are counted here
    yield client.bucket(name)
    gcs.heal()


def stored(bucket: storage.Bucket, name: str, content: bytes = b"one") -> storage.Blob:
    blob = bucket.blob(name)
    blob.upload_from_string(content)
    return blob


STALE: dict[str, Callable[[storage.Bucket, storage.Blob], object]] = {
    "upload": lambda b, o: b.blob(o.name).upload_from_string(b"two", if_generation_match=1),
    "create if absent": lambda b, o: b.blob(o.name).upload_from_string(b"two", if_generation_match=0),
    "resumable upload": lambda b, o: b.blob(o.name, chunk_size=MIB).upload_from_string(BIG, if_generation_match=1),
    "download": lambda b, o: b.blob(o.name).download_as_bytes(if_generation_match=1),
    "delete": lambda b, o: b.blob(o.name).delete(if_generation_match=1),
    "compose": lambda b, o: b.blob(o.name).compose([o], if_generation_match=1),
    "copy": lambda b, o: b.copy_blob(o, b, o.name, if_generation_match=1),
    "copy of a stale source": lambda b, o: b.copy_blob(o, b, "new", if_source_generation_match=1),
    "metageneration": lambda b, o: b.blob(o.name).delete(if_metageneration_match=7),
}


@pytest.mark.parametrize("operation", STALE)
def test_a_stale_generation_is_refused_and_nothing_changes(bucket: storage.Bucket, operation: str) -> None:
    blob = stored(bucket, "a b/ü&=?.txt")
    with pytest.raises((PreconditionFailed, InvalidResponse)) as refused:
        STALE[operation](bucket, blob)
    code = getattr(refused.value, "code", None) or refused.value.response.status_code
    assert (code, bucket.blob(blob.name).download_as_bytes()) == (412, b"one")
    assert [found.name for found in bucket.list_blobs()] == [blob.name]


def test_the_present_generation_is_accepted_by_every_operation(bucket: storage.Bucket) -> None:
    blob = stored(bucket, "a")
    blob.upload_from_string(b"two", if_generation_match=blob.generation)
    bucket.blob("b").compose([blob, blob], if_generation_match=0)
    bucket.copy_blob(blob, bucket, "c", if_generation_match=0, if_source_generation_match=blob.generation)
    assert bucket.blob("b").download_as_bytes() + bucket.blob("c").download_as_bytes() == b"twotwotwo"
    blob.delete(if_generation_match=blob.generation)
    assert [found.name for found in bucket.list_blobs()] == ["b", "c"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-MD5": base64.b64encode(hashlib.md5(b"else").digest()).decode()},
        {"X-Goog-Hash": "crc32c=AAAAAA=="},
    ],
)
def test_a_body_with_another_hash_is_refused_and_not_stored(
    gcs: GcsServer, bucket: storage.Bucket, headers: dict
) -> None:
    url = f"{gcs.url}/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=x"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, BIG, headers))
    assert refused.value.code == 400
    refused.value.close()
    assert not bucket.blob("x").exists()


FAULTS = {
    "busy": {"status": 503, "count": 2},
    "too many": {"status": 429, "retry_after": 1, "count": 1},
    "reset": {"reset": True, "count": 1},
    "answer lost": {"lost": True, "count": 1, "kind": "resumable_put", "skip": 1},
    "last answer lost": {"lost": True, "count": 1, "kind": "resumable_put", "skip": 2},
    "cut upload": {"cut": 300_000, "count": 1, "kind": "resumable_put"},
    "cut download": {"cut": 300_000, "count": 1, "kind": "download"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_google_client_gets_over(gcs: GcsServer, bucket: storage.Bucket, fault: str) -> None:
    gcs.fault(scope=bucket.name, **FAULTS[fault])
    bucket.blob("big", chunk_size=MIB).upload_from_string(BIG, if_generation_match=0)
    assert bucket.blob("big").download_as_bytes() == BIG


def test_a_fault_hits_its_scope_only(gcs: GcsServer, bucket: storage.Bucket) -> None:
    gcs.fault(scope=f"{bucket.name}/logs/", status=500)
    stored(bucket, "data/x")
    with pytest.raises(GoogleAPICallError):
        bucket.blob("logs/x").upload_from_string(b"x", retry=None)


def test_a_rate_is_shared_by_all_connections(gcs: GcsServer, bucket: storage.Bucket) -> None:
    gcs.fault(scope=bucket.name, rate=30 * MIB)
    began = time.monotonic()
    bucket.blob("big", chunk_size=MIB).upload_from_string(BIG)
    bucket.blob("big").download_as_bytes()
    assert time.monotonic() - began > 2 * len(BIG) / (30 * MIB)


def test_requests_and_bytes_are_counted_for_each_bucket(gcs: GcsServer, bucket: storage.Bucket) -> None:
    stored(bucket, "a")
    gcs.reset_counters(bucket.name)
    objects = f"{gcs.url}/storage/v1/b/{bucket.name}/o"
    assert [_get(gcs, link)[0] for link in (objects, f"{objects}/a", f"{objects}/a?alt=media", f"{objects}/b")] == [
        200,
        200,
        200,
        404,
    ]
    counted = gcs.counters(bucket.name)
    assert counted["kinds"] == {"download": 1, "get": 2, "list": 1}
    assert (counted["methods"], counted["statuses"]) == ({"GET": 4}, {"200": 3, "404": 1})
    gcs.reset_counters(bucket.name)
    assert gcs.counters(bucket.name)["requests"] == 0


def test_a_signed_link_holds_as_it_was_signed_until_it_expires(gcs: GcsServer, bucket: storage.Bucket) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    gcs.control(public_key=_public(key))
    name = stored(bucket, "a b/ü&=.txt").name
    link = bucket.blob(name).generate_signed_url(
        version="v4", expiration=2, credentials=_signer(key), api_access_endpoint=gcs.url
    )
    assert _get(gcs, link) == (200, b"one")
    assert _get(gcs, link.replace(".txt", ".txu"))[0] == 403
    time.sleep(3)
    assert _get(gcs, link)[0] == 400


def _get(gcs: GcsServer, link: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(gcs.url.removeprefix("http://"))
    connection.request("GET", link.removeprefix(gcs.url))
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def _public(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def _signer(key: rsa.RSAPrivateKey) -> service_account.Credentials:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    info = {"private_key": pem, "client_email": "t@p", "token_uri": "http://127.0.0.1:9/"}
    return service_account.Credentials.from_service_account_info(info)
