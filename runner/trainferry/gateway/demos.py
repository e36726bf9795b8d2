"""A demo: one page of somebody's own, shut in by its policy: no network, and only the scripts it was published with."""

import re
from collections.abc import Mapping

from trainferry.share.record import ShareRecord

_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")  # base64 of a sha256


def headers(share: ShareRecord, private: Mapping[str, str]) -> dict[str, str]:
    """Of the demo's page. What is no hash in the record allows nothing."""
    scripts = " ".join(f"'sha256-{found}'" for found in share.scripts if _HASH.fullmatch(found)) or "'none'"
    policy = (
        "default-src 'none'",
        f"script-src {scripts}",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "sandbox allow-scripts",
    )
    told = {"content-type": "text/html; charset=utf-8", "content-security-policy": "; ".join(policy)}
    return {**private, **told}
