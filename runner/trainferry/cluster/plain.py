"""Signing in with what lies in a file: a token or a client certificate."""

import base64
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from trainferry.errors import BadInput

USER = {"token", "tokenFile", *(f"client-{what}{data}" for what in ("certificate", "key") for data in ("", "-data"))}
CLUSTER = {"server", "certificate-authority", "certificate-authority-data", "tls-server-name", "extensions"}
CONNECTIONS = 32  # kept open to one server: a volume's objects come and go through it many at a time


@dataclass(frozen=True)
class Access:
    """A server (its URL) as a user: `headers` are asked for anew for every request, since tokens are renewed."""

    server: str
    context: str
    namespace: str
    pool: Any  # urllib3.PoolManager
    headers: Callable[[], dict[str, str]]


@dataclass(frozen=True)
class Server:
    """`authority`: a file; `authority_data`: PEM text. Without both the system's own authorities are trusted."""

    url: str
    authority: str = ""
    authority_data: str = ""
    tls_name: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Any], folder: Path) -> "Server":
        """Out of a kubeconfig's cluster; relative paths begin at `folder`."""
        authority, data = fields.get("certificate-authority"), fields.get("certificate-authority-data")
        return cls(
            str(fields["server"]).rstrip("/"),
            str(folder / authority) if authority and not data else "",
            base64.b64decode(data).decode() if data else "",
            str(fields.get("tls-server-name") or ""),
        )


@dataclass(frozen=True)
class Credentials:
    """Who asks. A token file is read again for every request."""

    token: str = ""
    token_file: Path | None = None
    certificate: bytes = b""
    key: bytes = b""

    @classmethod
    def of(cls, fields: Mapping[str, Any], folder: Path) -> "Credentials":
        """Out of a kubeconfig's user; relative paths begin at `folder`."""
        token_file = fields.get("tokenFile")
        return cls(
            str(fields.get("token") or ""),
            folder / token_file if token_file else None,
            _bytes(fields, "client-certificate", folder),
            _bytes(fields, "client-key", folder),
        )

    def headers(self) -> dict[str, str]:
        """For one request."""
        token = self.token_file.read_text().strip() if self.token_file else self.token
        return {"Authorization": f"Bearer {token}"} if token else {}


def enough(user: Mapping[str, Any], cluster: Mapping[str, Any]) -> bool:
    """Whether nothing is asked for that this module does not know."""
    return "server" in cluster and set(user) <= USER and set(cluster) <= CLUSTER


def access(context: str, namespace: str, credentials: Credentials, server: Server) -> Access:
    """Ready to ask; nothing is sent yet. Raises BadInput for certificates that cannot be used."""
    with usable(context):
        trust = _trust(credentials, server) if server.url.startswith("https") else None
        credentials.headers()
    named: dict[str, Any] = {"server_hostname": server.tls_name} if server.tls_name else {}
    named |= {"ssl_context": trust} if trust else {}
    pool = urllib3.PoolManager(maxsize=CONNECTIONS, **named)
    return Access(server.url, context, namespace, pool, credentials.headers)


@contextmanager
def usable(context: str) -> Iterator[None]:
    """Files that are missing, certificates that are none, text that is not base64: one line, a BadInput."""
    try:
        yield
    except (ssl.SSLError, OSError, ValueError) as error:
        path = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        reason = f"{path}{getattr(error, 'strerror', None) or error}"
        raise BadInput(f"context {context}: its credentials cannot be used: {reason}", "kubectl config view") from error


def _trust(credentials: Credentials, server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=server.authority or None, cadata=server.authority_data or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # many clusters' own authorities are older than these rules
    if credentials.certificate:
        with _file(credentials.certificate + b"\n" + credentials.key) as path:
            context.load_cert_chain(path)
    return context


@contextmanager
def _file(data: bytes) -> Iterator[str]:
    """For an API that takes nothing but files: one that only we may read, and only for a moment."""
    handle, path = tempfile.mkstemp()
    try:
        os.write(handle, data)
        yield path
    finally:
        os.close(handle)
        os.unlink(path)


def _bytes(fields: Mapping[str, Any], name: str, folder: Path) -> bytes:
    data = fields.get(f"{name}-data")
    if data:
        return base64.b64decode(data)
    return (folder / fields[name]).read_bytes() if fields.get(name) else b""
