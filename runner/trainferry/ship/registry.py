"""A registry asked directly (OCI distribution, API v2), for machines without Docker."""

import base64
import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any

from trainferry.errors import BadInput, FerryError, Forbidden, Unreachable

TIMEOUT = 20.0  # seconds without an answer
_HUB = "registry-1.docker.io"
_KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True)
class Reference:
    """`host/repository:tag` taken apart; `name` is what stands before the tag, as it was typed."""

    name: str
    host: str
    repository: str
    tag: str

    @property
    def url(self) -> str:
        """Of the manifest. A registry on this machine speaks plain HTTP, as Docker assumes too."""
        here = re.fullmatch(r"(localhost|127\.[0-9.]+|\[::1\])(:\d+)?", self.host)
        return f"{'http' if here else 'https'}://{self.host}/v2/{self.repository}/manifests/{self.tag}"


def parse(reference: str) -> Reference:
    """Docker's rules: no host means Docker Hub, no tag means latest."""
    name, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        name, tag = reference, "latest"
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return Reference(name, _HUB if first in ("docker.io", "index.docker.io") else first, rest, tag)
    return Reference(name, _HUB, name if slash else f"library/{name}", tag)


def digest(reference: str, timeout: float = TIMEOUT) -> str | None:
    """`sha256:...` of what the tag means now, None when there is no such image. Raises Forbidden, Unreachable."""
    asked = parse(reference)
    try:
        answer, headers = _manifest(asked, timeout)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise _refused(asked, error.code) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise Unreachable(f"registry {asked.host}: {reason}", f"curl -I {asked.url}") from error
    return headers.get("Docker-Content-Digest") or f"sha256:{hashlib.sha256(answer).hexdigest()}"


def _refused(asked: Reference, code: int) -> FerryError:
    if code in (401, 403):
        message = f"registry {asked.host}: {asked.name} is not there, or not for you"
        return Forbidden(message, f"docker login {'' if asked.host == _HUB else asked.host}".strip())
    return Unreachable(f"registry {asked.host}: answered {code} for {asked.name}", f"curl -I {asked.url}")


def _manifest(asked: Reference, timeout: float) -> tuple[bytes, Message]:
    """With the credentials of `docker login` when the registry wants some, else as anybody."""
    headers = {"Accept": ", ".join(_KINDS)}
    try:
        return _get(asked.url, headers, timeout)
    except urllib.error.HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "") if error.code == 401 else ""
        if not challenge:
            raise
    return _get(asked.url, {**headers, "Authorization": _authorization(challenge, asked, timeout)}, timeout)


def _authorization(challenge: str, asked: Reference, timeout: float) -> str:
    basic = _login(asked.host)
    wanted = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = wanted.pop("realm", "")
    if not challenge.lower().startswith("bearer") or not realm.startswith(("https://", asked.url.partition("/v2/")[0])):
        return basic
    query = urllib.parse.urlencode({"scope": f"repository:{asked.repository}:pull", **wanted})
    answer, _ = _get(f"{realm}?{query}", {"Authorization": basic} if basic else {}, timeout)
    tokens: dict[str, Any] = json.loads(answer)
    return f"Bearer {tokens.get('token') or tokens.get('access_token')}"


def _login(host: str) -> str:
    """What `docker login` left behind for this host, in ~/.docker/config.json or a credential helper."""
    from docker import auth
    from docker.errors import DockerException

    try:
        found = auth.load_config().resolve_authconfig("docker.io" if host == _HUB else host) or {}
    except DockerException as error:
        raise BadInput(f"the credentials of docker for {host}: {error}", f"docker login {host}") from error
    # docker's own types are wider than what it returns here
    user, password = str(found.get("username") or ""), str(found.get("password") or "")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""


def _get(url: str, headers: dict[str, str], timeout: float) -> tuple[bytes, Message]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:
            body: bytes = answer.read(8 << 20)
            return body, answer.headers
    except urllib.error.HTTPError as error:
        error.close()
        raise
