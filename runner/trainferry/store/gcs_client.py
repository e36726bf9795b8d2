"""The google-cloud-storage client as this project wants it: enough connections, bounded retries, the emulator."""

import os
import time
from functools import cache
from typing import Any

import google.auth
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.adapters import HTTPAdapter

CONNECTIONS = 32
FIRST_CONTACT = 10.0  # a store that never answered yet is more likely misspelt than busy
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


def connect() -> Any:
    """One client for all stores of the process. Default credentials; none with STORAGE_EMULATOR_HOST.

    Raises google.auth's exceptions.
    """
    return _client(os.environ.get("STORAGE_EMULATOR_HOST", ""))


@cache
def _client(emulator: str) -> Any:
    session = AuthorizedSession(_credentials(emulator), refresh_timeout=2 * FIRST_CONTACT)  # type: ignore[no-untyped-call]
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS))
    client = storage.Client(project="<none>", credentials=session.credentials, _http=session)
    client._bucket_metadata_cache = None  # it asks for the bucket in the background, for traces that nobody takes
    return client


def timeout(seconds: float, reached: bool) -> tuple[float, float]:
    """Seconds to connect (which the sending of each piece may take too), and without an answer; shorter at first."""
    return min(seconds, FIRST_CONTACT), seconds if reached else min(seconds, 2 * FIRST_CONTACT)


def retry(patience: float, reached: bool) -> Retry:
    """The library's own choice of what to try again, for `patience` seconds; shorter before the first answer.

    A server that says Retry-After is asked again when it said, or never when that is longer than we wait.
    """
    seconds = patience if reached else min(patience, FIRST_CONTACT)

    def rest(error: Exception) -> None:
        wanted = _retry_after(error)
        if wanted > seconds:
            raise error
        time.sleep(wanted)

    return Retry(DEFAULT_RETRY._predicate, initial=0.2, maximum=8.0, multiplier=2.0, timeout=seconds, on_error=rest)


def _retry_after(error: Exception) -> float:
    """Seconds, 0 when the answer does not say (a date is not what this server sends)."""
    said = getattr(getattr(error, "response", None), "headers", {}).get("Retry-After", "")
    return float(said) if said.isdigit() else 0.0


def _credentials(emulator: str) -> Credentials:
    if emulator:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    return credentials
