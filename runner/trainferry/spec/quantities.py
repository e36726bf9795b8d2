"""Amounts, times and names as people type them: one canonical value, or one line that says what was expected.

`where` is how the value is set (`--gpu`, `ferry.toml [run] gpu =`), so that the example can be typed as it stands.
"""

import re
from decimal import Decimal

from trainferry.errors import BadInput

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_UNITS = {**_BINARY, **_DECIMAL}
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_MOST = 2**63 - 1  # what a Kubernetes quantity can hold


def count(text: str, where: str) -> int:
    """A whole number, 0 or more."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise _expected("a whole number", text, where, "2")
    return int(text)


def cpu(text: str, where: str) -> str:
    """Cores, `2`, `1.5` or `500m`; canonical: whole cores, else millicores."""
    match = re.fullmatch(r"(\d{1,7}(?:\.\d{1,3})?)(m?)", text, re.ASCII)
    milli = Decimal(match[1]) * (1 if match[2] else 1000) if match else Decimal(0)
    if milli <= 0 or milli % 1:
        raise _expected("a number of cores", text, where, "2", "500m")
    return str(int(milli) // 1000) if milli % 1000 == 0 else f"{int(milli)}m"


def memory(text: str, where: str) -> str:
    """A size with its unit: Gi is 2^30 bytes, G is 10^9; canonical: a whole number of the largest unit of that kind.

    `8` (bytes?), `8GB` and `8g` (which of the two?) and `8m` (millibytes, to Kubernetes) are refused.
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{1,2})", text, re.ASCII)
    if match is None or match[2] not in _UNITS:
        raise _expected("a size with its unit", text, where, *_meant(text))
    size = int(Decimal(match[1]) * _UNITS[match[2]])
    if not 0 < size <= _MOST:
        raise _expected("a size above zero that a machine can have", text, where, "8Gi")
    family = _BINARY if match[2] in _BINARY else _DECIMAL
    fitting = [unit for unit in family if size % family[unit] == 0]
    return f"{size // family[fitting[-1]]}{fitting[-1]}" if fitting else str(size)


def memory_bytes(quantity: str) -> int:
    """Bytes of a canonical size."""
    unit = quantity.lstrip("0123456789")
    return int(quantity.removesuffix(unit)) * (_UNITS[unit] if unit else 1)


def duration(text: str, where: str) -> int:
    """Seconds of `90s`, `12h`, `1h30m`, `2d`; a number alone is refused (seconds? minutes?)."""
    parts = re.fullmatch(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?", text, re.ASCII)
    seconds = sum(int(n or 0) * s for n, s in zip(parts.groups(), _SECONDS.values(), strict=True)) if parts else 0
    if not 0 < seconds < 2**31:
        raise _expected("a time with its unit", text, where, "12h", "1h30m")
    return seconds


def name(text: str, where: str, limit: int = 40) -> str:
    """An RFC 1123 label of at most `limit` characters."""
    if len(text) > limit or not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", text):
        raise _expected(f"small letters, digits and - (at most {limit})", text, where, made_name(text, limit) or "base")
    return text


def made_name(text: str, limit: int = 40) -> str:
    """The nearest RFC 1123 label, "" when nothing is left of the text."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:limit].rstrip("-")


def shown(text: str) -> str:
    """The user's own value, on one line and without terminal escapes; quoted when it would not be seen otherwise."""
    plain = text if len(text) <= 60 else text[:57] + "..."
    return plain if plain.isprintable() and plain.strip() == plain and plain else repr(plain)


def _expected(what: str, text: str, where: str, *examples: str) -> BadInput:
    examples_ = " or ".join(f"{where} {example}" for example in examples)
    return BadInput(f"{where} {shown(text)}: expected {what}, for example {examples_}")


def _meant(text: str) -> tuple[str, ...]:
    number = re.match(r"[0-9]+(\.[0-9]+)?", text)
    unit = re.search(r"[kKmMgGtTpP]", text)
    letter = unit[0].upper() if unit else "G"
    digits = number[0] if number and float(number[0]) else "8"
    return f"{digits}{letter}i", f"{digits}{letter.replace('K', 'k')}"
