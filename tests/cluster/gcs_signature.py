"""Checks a GCS V4 signed URL (GOOG4-RSA-SHA256) with the signer's public key, which no emulator does."""

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHM = "GOOG4-RSA-SHA256"
CLOCK_SKEW = timedelta(minutes=15)


def flaw(method: str, target: str, headers: dict[str, str], key: RSAPublicKey, now: datetime | None = None) -> str:
    """Why the link does not hold: "" | "malformed" | "expired" | "not yet valid" | "bad signature".

    `target` is the request line's, still percent-encoded; `headers` have lower-case names, `host` included.
    """
    parts = urlsplit(target)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    try:
        problem = _out_of_time(query, now or datetime.now(UTC))
        if problem:
            return problem
        request = _canonical_request(method, parts.path, pairs, headers)
        key.verify(
            bytes.fromhex(query["X-Goog-Signature"]), _to_sign(query, request), padding.PKCS1v15(), hashes.SHA256()
        )
    except (KeyError, ValueError, IndexError):
        return "malformed"
    except InvalidSignature:
        return "bad signature"
    return "" if query["X-Goog-Algorithm"] == ALGORITHM else "malformed"


def _out_of_time(query: dict[str, str], now: datetime) -> str:
    signed = datetime.strptime(query["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if now > signed + timedelta(seconds=int(query["X-Goog-Expires"])):
        return "expired"
    return "not yet valid" if signed > now + CLOCK_SKEW else ""


def _canonical_request(method: str, path: str, pairs: list[tuple[str, str]], headers: dict[str, str]) -> str:
    query = dict(pairs)
    canonical = sorted(f"{_escape(k)}={_escape(v)}" for k, v in pairs if k != "X-Goog-Signature")
    names = query["X-Goog-SignedHeaders"].split(";")
    lines = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names)
    payload = headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD")
    return "\n".join([method, path, "&".join(canonical), lines, query["X-Goog-SignedHeaders"], payload])


def _to_sign(query: dict[str, str], request: str) -> bytes:
    scope = query["X-Goog-Credential"].split("/", 1)[1]
    digest = hashlib.sha256(request.encode()).hexdigest()
    return "\n".join([ALGORITHM, query["X-Goog-Date"], scope, digest]).encode()


def _escape(text: str) -> str:
    return quote(text, safe="-_.~")
