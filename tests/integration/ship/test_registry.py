"""What a registry may answer, over HTTP: a small server says it, because a real one cannot be made to say all of it."""

import base64
import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from trainferry.errors import FerryError
from trainferry.ship import image, registry
from trainferry.ship.contexts import project_image

DIGEST = f"sha256:{'a' * 64}"
MANIFEST = b'{"schemaVersion": 2}'


class Handler(BaseHTTPRequestHandler):
    """open/: everybody; token/: a bearer token for anybody; private/: user and password; silent/: tells no digest."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        kind = url.path.split("/")[2] if url.path.startswith("/v2/") else "tokens"
        getattr(self, f"_{kind}", self._missing)(url)

    def _open(self, url) -> None:
        self._answer(200, MANIFEST, {"Docker-Content-Digest": DIGEST})

    def _silent(self, url) -> None:
        self._answer(200, MANIFEST, {})

    def _missing(self, url) -> None:
        self._answer(404, b"{}", {})

    def _broken(self, url) -> None:
        self._answer(503, b"", {})

    def _token(self, url) -> None:
        if self.headers.get("Authorization") == "Bearer for repository:token/x:pull at me":
            return self._open(url)
        host = self.headers["Host"]
        return self._answer(401, b"", {"WWW-Authenticate": f'Bearer realm="http://{host}/tokens",service="me"'})

    def _tokens(self, url) -> None:
        asked = parse_qs(url.query)
        self._answer(200, json.dumps({"token": f"for {asked['scope'][0]} at {asked['service'][0]}"}).encode(), {})

    def _private(self, url) -> None:
        if self.headers.get("Authorization") == f"Basic {base64.b64encode(b'me:secret').decode()}":
            return self._open(url)
        return self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})

    def _answer(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nothing on stderr."""


@pytest.fixture(autouse=True)
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server's `127.0.0.1:PORT`; no Docker, and a `docker login` for nobody."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def refused(reference: str) -> str:
    with pytest.raises(FerryError) as error:
        image.resolve(reference)
    return f"{error.value.exit_code} {error.value}"


def test_a_tag_is_pinned_without_docker(host: str):
    assert image.resolve(f"{host}/open/x:1") == f"{host}/open/x@{DIGEST}"
    assert image.resolve(f"{host}/open/x") == f"{host}/open/x@{DIGEST}"
    assert image.resolve(f"{host}/any@sha256:{'b' * 64}") == f"{host}/any@sha256:{'b' * 64}"


def test_a_registry_that_tells_no_digest_is_hashed(host: str):
    assert registry.digest(f"{host}/silent/x:1") == f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


def test_anybody_gets_a_token(host: str):
    assert registry.digest(f"{host}/token/x:1") == DIGEST


def test_the_credentials_of_docker_login_are_used(host: str, tmp_path: Path):
    assert refused(f"{host}/private/x:1") == (
        f"3 registry {host}: {host}/private/x is not there, or not for you   docker login {host}"
    )
    login = base64.b64encode(b"me:secret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))
    assert registry.digest(f"{host}/private/x:1") == DIGEST


def test_what_is_not_there_or_does_not_answer_is_one_line(host: str):
    assert refused(f"{host}/nothing:1") == f"2 no image {host}/nothing:1 in its registry   docker push {host}/nothing:1"
    assert refused(f"{host}/broken/x:1") == (
        f"3 registry {host}: answered 503 for {host}/broken/x   curl -I http://{host}/v2/broken/x/manifests/1"
    )
    assert refused("127.0.0.1:1/x:1") == (
        "3 registry 127.0.0.1:1: [Errno 111] Connection refused   curl -I http://127.0.0.1:1/v2/x/manifests/1"
    )


def test_without_docker_nothing_is_built_and_one_line_says_why(host: str, tmp_path: Path):
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    with pytest.raises(FerryError) as error:
        image.build(project_image(tmp_path), host, print)
    assert (error.value.exit_code, str(error.value)) == (
        3, f"no Docker at unix://{tmp_path}/docker.sock: is it running?   docker info",
    )  # fmt: skip
