"""Links signed by IAM, on a machine that has an account and no key: Google's two services are small servers here."""

import base64
import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.cluster.gcs_server import GcsServer
from trainferry.store import open_store

ACCOUNT = "node@team.iam.gserviceaccount.com"
DENIED = {
    "error": {
        "code": 403,
        "message": "Permission 'iam.serviceAccounts.signBlob' denied on resource (or it may not exist).",
        "status": "PERMISSION_DENIED",
    }
}
OFF = {"error": {"code": 403, "message": "API off.", "details": [{"reason": "SERVICE_DISABLED"}]}}
SIGN = """
import sys
from google.auth import iam
iam._IAM_SIGN_ENDPOINT = sys.argv[1] + "/sign/{}"
from trainferry.errors import FerryError
from trainferry.store import open_store
try:
    print(*open_store(sys.argv[2]).sign("a", 7 * 86400), sep="\\n")
except FerryError as error:
    print(type(error).__name__, error, sep="\\n")
"""


@contextmanager
def google(key: rsa.RSAPrivateKey, refusal: dict[str, object] | None) -> Iterator[str]:
    """The metadata server of a machine, and IAM's signBlob, which signs or refuses."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0].rstrip("/")
            told: object = {"email": ACCOUNT, "scopes": ["x"]}
            if path.endswith("/token"):
                told = {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
            known = path == "" or path.endswith(("/default", f"/{ACCOUNT}", "/token"))
            self._answer(200 if known else 404, told)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert (self.path, self.headers["Authorization"]) == (f"/sign/{ACCOUNT}", "Bearer t")
            payload = base64.b64decode(asked["payload"])
            signed = key.sign(payload, padding.PKCS1v15(), hashes.SHA256())
            told: object = {"signedBlob": base64.b64encode(signed).decode()}
            self._answer(403 if refusal else 200, refusal or told)

        def _answer(self, status: int, told: object) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Metadata-Flavor", "Google")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def sign(address: str, url: str, home: str) -> list[str]:
    """What a process on that machine gets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOOGLE")}
    known = {**kept, "GCE_METADATA_HOST": address, "GCE_METADATA_IP": address, "HOME": home}
    done = subprocess.run(
        [sys.executable, "-c", SIGN, f"http://{address}", url], env=known, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_an_account_without_a_key_signs_through_iam_for_12_hours(
    bucket: str, server: GcsServer, key: rsa.RSAPrivateKey, tmp_path: object
) -> None:
    open_store(f"gs://{bucket}/team").put("a", b"hello")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    server.control(public_key=public.decode())
    try:
        with google(key, None) as address:
            link, _ = sign(address, f"gs://{bucket}/team", str(tmp_path))
        with urllib.request.urlopen(link, timeout=30) as answer:
            assert answer.read() == b"hello"
        assert "X-Goog-Expires=43200" in link
    finally:
        server.control(public_key="")


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (
            DENIED,
            [
                "Forbidden",
                f"links cannot be signed: the right iam.serviceAccounts.signBlob on {ACCOUNT} is missing   gcloud iam "
                f"service-accounts add-iam-policy-binding {ACCOUNT} --member serviceAccount:{ACCOUNT} "
                "--role roles/iam.serviceAccountTokenCreator",
            ],
        ),
        (
            OFF,
            [
                "Forbidden",
                "links cannot be signed: the IAM credentials API is off in this project   "
                "gcloud services enable iamcredentials.googleapis.com",
            ],
        ),
        ({"error": {"code": 403, "message": "Try\nlater."}}, ["Unreachable", "links cannot be signed: Try later."]),
    ],
    ids=["no right", "no API", "something else"],
)
def test_a_missing_right_is_named_with_the_command_that_grants_it(
    bucket: str, key: rsa.RSAPrivateKey, tmp_path: object, refusal: dict[str, object], told: list[str]
) -> None:
    with google(key, refusal) as address:
        assert sign(address, f"gs://{bucket}/team", str(tmp_path)) == told
