"""What looks like a secret and would be published."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from trainferry.spec.pairs import is_secret_name

KINDS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "an AWS key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "an AWS secret key": r"(?i)aws.{0,20}secret.{0,20}[=:]\s*[\"']?[A-Za-z0-9/+]{40}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}",
    "a GitLab token": r"\bglpat-[\w-]{16,}",
    "an API key": r"\bsk-[A-Za-z0-9_-]{20,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}",
    "a Google access token": r"\bya29\.[\w-]{20,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{30,}",
    "a PyPI token": r"\bpypi-AgE[\w-]{20,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a password in an address": r"://[^/@:\s\"'<>]+:[^/@\s\"'<>]+@",
    "a signed link": r"(?i)[?&](X-Goog-Signature|X-Amz-Signature|sig)=[\w%-]{20,}",
    "what is called a password, key or token": (
        r"(?i)(passw(or)?d|passphrase|secret|api_?key|access_?key|auth_?token|token)[\"']?\s*[=:]\s*"
        r"([\"'])(?!\.\.\.|<|x{4}|your|\*)[^\s\"']{8,}\3"
    ),
}
DATA = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")
SHORTEST = 8  # characters of a value that is looked for


def leaks(text: str, environment: Mapping[str, str]) -> Iterator[str]:
    """The kinds of secrets in it, never themselves. `text` may be HTML."""
    plain = DATA.sub("", unescape(text))
    yield from (kind for kind, pattern in KINDS.items() if re.search(pattern, plain))
    for name, value in environment.items():
        if len(value) >= SHORTEST and is_secret_name(name) and value in plain:
            yield f"the value of the variable {name}"
