"""V4 signed links: by a key file (7 days at most), or by IAM's signBlob where there is none (12 hours at most)."""

import os
import re
import time
from datetime import timedelta
from functools import cache
from typing import Any

import google.auth
from google.auth import exceptions, iam, impersonated_credentials
from google.auth.credentials import Signing
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from trainferry.errors import FerryError, Forbidden, Unreachable

WEEK, HALF_DAY = 7 * 86400, 12 * 3600  # IAM's own keys are rotated: a longer link would die on its way
PRIVATE = "private, no-store"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"  # signBlob takes no narrower one
_RIGHT = "iam.serviceAccounts.signBlob"
_REASON = re.compile(r'"message":\s*"([^"]{1,200})')


def sign(blob: Any, seconds: int, disposition: str, content_type: str) -> tuple[str, float]:
    """The link that answers GET with the object's bytes, and when it really expires (seconds since the epoch).

    Raises Forbidden with the right that is missing, Unreachable, and google.auth's exceptions.
    """
    credentials, longest = _signer(os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", ""))
    seconds, now = min(seconds, longest), time.time()
    try:
        link: str = blob.generate_signed_url(
            timedelta(seconds=seconds),
            method="GET",
            version="v4",
            credentials=credentials,
            response_disposition=disposition or None,
            response_type=content_type or None,
        )
    except exceptions.TransportError as error:
        raise _refused(str(error), getattr(credentials, "signer_email", "")) from error
    return link, int(now) + seconds


def dress(blob: Any, content_type: str, options: dict[str, Any]) -> None:
    """What the object says of itself when a link opens it; nobody on the way keeps a copy."""
    blob.content_type, blob.cache_control = content_type, PRIVATE
    blob.patch(**options)


@cache
def _signer(key_file: str) -> tuple[Signing, int]:
    """What signs here, and for how many seconds at most; `key_file` tells apart what was found before."""
    found: Any = google.auth.default(scopes=[_SCOPE])[0]
    if isinstance(found, impersonated_credentials.Credentials):
        return found, HALF_DAY
    if isinstance(found, Signing):
        return found, WEEK
    request = Request()
    if hasattr(found, "service_account_email"):
        found.refresh(request)  # only then a machine's own account has its name
    email = getattr(found, "service_account_email", None)
    if not email:
        login = "gcloud auth application-default login --impersonate-service-account=ACCOUNT"
        raise Forbidden("signed links need a service account, and you are signed in as yourself", login)
    signer = iam.Signer(request, found, email)  # type: ignore[no-untyped-call]
    return service_account.Credentials(signer, email, ""), HALF_DAY  # type: ignore[no-untyped-call]


def _refused(answer: str, email: str) -> FerryError:
    """What IAM said, in one line."""
    if _RIGHT in answer:
        grant = f"gcloud iam service-accounts add-iam-policy-binding {email} --member serviceAccount:{email}"
        return Forbidden(
            f"links cannot be signed: the right {_RIGHT} on {email} is missing",
            f"{grant} --role roles/iam.serviceAccountTokenCreator",
        )
    if "SERVICE_DISABLED" in answer:
        return Forbidden(
            "links cannot be signed: the IAM credentials API is off in this project",
            "gcloud services enable iamcredentials.googleapis.com",
        )
    found = _REASON.search(re.sub(r"\\+n", " ", answer))
    return Unreachable(f"links cannot be signed: {found[1] if found else answer.splitlines()[0][:200]}")
