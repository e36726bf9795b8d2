"""What Google's exceptions mean to a user, in one line with the next command."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from trainferry.errors import Changed, Corrupt, FerryError, Forbidden, Full, Missing, Unreachable

LOGIN = "gcloud auth application-default login"
FOREIGN = (
    api.GoogleAPIError,
    auth.GoogleAuthError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    DataCorruption,
    InvalidResponse,
    ConnectionError,
)
_RIGHT = re.compile(r"storage\.\w+\.\w+")
_FULL = re.compile(r"quota|billing", re.IGNORECASE)
_NO_BUCKET = re.compile(  # its words, or the path of a request that is about no object
    r"bucket (does not|doesn't) exist|no such bucket|bucket not found|NoSuchBucket|/b/[^/?\s]+(/o)?(\?|: )",
    re.IGNORECASE,
)
_ASKED = re.compile(r"^[A-Z]+ \S+: ")  # what the library puts before the server's words
_DAMAGED = re.compile(r"(crc32c|md5).{0,80}match", re.IGNORECASE)  # of a 400, and of nobody else's making
_KINDS: dict[int, tuple[type[FerryError], str]] = {
    412: (Changed, "was changed by somebody else"),
    304: (Changed, "was changed by somebody else"),
    409: (Changed, "was changed by somebody else"),
    507: (Full, "no space left"),
    413: (Full, "larger than the store takes"),
}


@contextmanager
def translated(bucket: str, url: str) -> Iterator[None]:
    """What the google packages raise inside becomes one of ours; `url` is the object it is about."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error, bucket, url) from error


def translate(error: BaseException, bucket: str, url: str) -> FerryError:
    """See `translated`."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        error = error.cause
    if isinstance(error, DataCorruption):
        return Corrupt(f"{url}: the bytes are not the ones that were stored (crc32c)")
    if isinstance(error, auth.DefaultCredentialsError):
        return Unreachable(f"{url}: no Google credentials on this machine", LOGIN)
    if isinstance(error, auth.RefreshError):
        return Unreachable(f"{url}: the Google credentials are expired or revoked", LOGIN)
    code, text = _answer(error)
    if code is None:
        return Unreachable(f"{url}: no answer from the store ({_short(error)})", "is there a network?")
    return _refused(code, text, bucket, url)


def is_missing_object(error: BaseException) -> bool:
    """A 404 that is about the object, not about its bucket."""
    code, text = _answer(error)
    return code == 404 and not _NO_BUCKET.search(text)


def _refused(code: int, text: str, bucket: str, url: str) -> FerryError:
    """The store answered, with an error."""
    if code == 404:
        return _missing(text, bucket, url)
    if code == 401:
        return Forbidden(f"{url}: the store does not know who you are", LOGIN)
    if code == 403 and _FULL.search(text):
        return Full(f"{url}: {_first_line(text)}")
    if code == 403:
        return _forbidden(text, bucket, url)
    if code == 400 and _DAMAGED.search(text):
        return Corrupt(f"{url}: the bytes did not arrive as they were sent (crc32c); nothing was stored", "try again")
    if code in _KINDS:
        kind, reason = _KINDS[code]
        return kind(f"{url} {reason}" if kind is Changed else f"{url}: {reason}")
    return Unreachable(f"{url}: the store answers {code} {_first_line(text)}".rstrip())


def _missing(text: str, bucket: str, url: str) -> FerryError:
    if _NO_BUCKET.search(text):
        return Missing(f"no bucket gs://{bucket}", f"gcloud storage buckets create gs://{bucket}")
    return Missing(f"no object {url}")


def _forbidden(text: str, bucket: str, url: str) -> FerryError:
    found = _RIGHT.search(text)
    right = f"the right {found.group()} is missing" if found else _first_line(text) or "permission denied"
    member = "--member user:YOU --role roles/storage.objectUser"
    return Forbidden(f"{url}: {right}", f"gcloud storage buckets add-iam-policy-binding gs://{bucket} {member}")


def _answer(error: BaseException) -> tuple[int | None, str]:
    """Status and text of the answer; (None, "") when there was none."""
    if isinstance(error, api.GoogleAPICallError) and error.code is not None:
        return int(error.code), str(error.message)
    if isinstance(error, InvalidResponse):
        return int(error.response.status_code), str(error.response.text)
    return None, ""


def _first_line(text: str) -> str:
    lines = _ASKED.sub("", text.strip()).splitlines()
    return lines[0][:200] if lines else ""


def _short(error: BaseException) -> str:
    """The innermost reason: `Connection refused` rather than a chain of wrappers."""
    while True:
        inside = (getattr(error, "reason", None), *error.args)
        inner = next((one for one in inside if isinstance(one, BaseException)), None)
        if inner is None:
            break
        error = inner
    text = re.sub(r"\W*\(.*", "", _first_line(str(error)).rpartition(": ")[2]).strip("'\").")
    return re.sub(r"^\[Errno -?\d+\] ", "", text) or type(error).__name__
