"""Every way to spell a link otherwise: bytes, expiry, method, encodings, audience, salts, case, unicode. Seeded."""

import base64
import hashlib
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from itsdangerous import Signer, URLSafeSerializer

from trainferry.share.record import ShareRecord

Spelling = tuple[str, bytes]  # method, target
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
METHODS = ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "GETT")
LOOKALIKES = {
    "a": "а",
    "e": "е",
    "o": "о",
    "c": "с",
    "p": "р",
    "x": "х",
    ".": "．",
    "1": "１",
    "7": "７",
    "-": "‐",
    "_": "＿",
}


@dataclass(frozen=True)
class Issued:
    """Two links that were issued, a demo's, and the key that nobody has."""

    share: str
    other: str
    demo: str
    record: ShareRecord
    key: bytes

    def spellings(self) -> set[bytes]:
        """What may open something."""
        files = [f"/s/{token}/{number}" for token in (self.share, self.other) for number in range(3)]
        return {path.encode() for path in (f"/s/{self.share}", f"/s/{self.other}", f"/d/{self.demo}", *files)}


def mutated(issued: Issued, count: int, seed: int) -> Iterator[Spelling]:
    """So many spellings of which none was issued."""
    dice, known, made = random.Random(seed), issued.spellings(), 0
    kinds: list[Callable[[Issued, random.Random], Spelling]] = [
        _byte,
        _edit,
        _case,
        _base64,
        _expiry,
        _audience,
        _salt,
        _path,
        _encoding,
        _unicode,
        _method,
    ]
    while made < count:
        method, target = kinds[made % len(kinds)](issued, dice)
        if method not in ("GET", "HEAD") or target not in known:
            made += 1
            yield method, target


def _get(token: str) -> Spelling:
    return "GET", b"/s/" + token.encode("utf-8", "surrogateescape")


def _byte(issued: Issued, dice: random.Random) -> Spelling:
    data = bytearray(issued.share.encode())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return "GET", b"/s/" + bytes(data).replace(b"\n", b"\x0b").replace(b"\r", b"\x0b").replace(b" ", b"%20")


def _edit(issued: Issued, dice: random.Random) -> Spelling:
    token, at = issued.share, dice.randrange(len(issued.share))
    ways = (
        token[:at] + token[at + 1 :],
        token[:at] + dice.choice(BASE64 + ".=~!*'") + token[at:],
        token[:at] + token[at] + token[at:],
        token[:at] + token[at : at + 2][::-1] + token[at + 2 :],
        token[at:] + token[:at],
        token[:at],
        token * 2,
        token + dice.choice([".", "=", "==", "%00", "%0a", "%0d%0a", "%20", "\x7f", "&", ";v=1"]),
    )
    return _get(dice.choice(ways))


def _case(issued: Issued, dice: random.Random) -> Spelling:
    chars = [char.swapcase() if dice.random() < 0.2 else char for char in issued.share]
    return dice.choice([_get("".join(chars)), _get(issued.share.upper()), ("GET", f"/S/{issued.share}".encode())])


def _base64(issued: Issued, dice: random.Random) -> Spelling:
    """The same bytes of the signature in other letters, as forgiving decoders read them."""
    head, _, signature = issued.share.rpartition(".")
    last = BASE64.index(signature[-1])
    slack = BASE64[(last & ~3) | ((last + dice.randrange(1, 4)) & 3)]
    at = dice.randrange(len(signature))
    plain = base64.urlsafe_b64decode(signature + "=")
    ways = (
        signature[:-1] + slack,
        signature + "=",
        signature[:at] + dice.choice("!@$*~") + signature[at:],
        signature.replace("-", "+").replace("_", "/") + "=",
        plain.hex(),
        base64.b32encode(plain).decode(),
        signature[:at] + "%0a" + signature[at:],
        "A" * 43,
        "",
    )
    return _get(f"{head}.{dice.choice(ways)}")


def _expiry(issued: Issued, dice: random.Random) -> Spelling:
    share, expires, signature = issued.share.split(".")
    number = int(expires)
    ways = (
        str(number + dice.choice([-1, 1]) * dice.randrange(1, 10 ** dice.randrange(1, 10))),
        f"0{expires}",
        f"+{expires}",
        f"{expires}.0",
        f"{number:e}",
        f"{number:x}",
        expires[:4] + "_" + expires[4:],
        "9999999999",
        "",
        "-1",
        "NaN",
    )
    return _get(f"{share}.{dice.choice(ways)}.{signature}")


def _audience(issued: Issued, dice: random.Random) -> Spelling:
    """Parts of links that were issued, put together anew; a link at the other's place."""
    parts = [token.split(".") for token in (issued.share, issued.other, issued.demo)]
    mixed = ".".join(dice.choice(parts)[place] for place in range(3))
    number = dice.randrange(10000)
    ways = (
        f"/s/{mixed}",
        f"/d/{mixed}",
        f"/d/{issued.share}",
        f"/d/{issued.share}/0",
        f"/s/{issued.demo}",
        f"/s/{issued.demo}/0",
        f"/d/{issued.demo}/{number}",
        f"/s/{issued.share}/{number + 3}",
        f"/v1/share?id={issued.record.id}",
        f"/v1/share/file?id={issued.record.id}&n={number % 3}",
        f"/v1/object?name=shares/{issued.record.id}/files/{number % 3}",
        f"/v1/object?name=shares/{issued.record.id}/record.json",
        f"/s/{issued.record.id}",
    )
    return "GET", dice.choice(ways).encode()


def _salt(issued: Issued, dice: random.Random) -> Spelling:
    """Signed by whoever has no key, or has it and another use of it."""
    value = f"{issued.record.id}.{issued.record.expires}"
    own = bytes(dice.randrange(256) for _ in range(32))
    ways = (
        Signer(own, b"ferry.share", key_derivation="hmac", digest_method=hashlib.sha256).sign(value),
        Signer(issued.key, own, key_derivation="hmac", digest_method=hashlib.sha256).sign(value),
        Signer(issued.key, b"ferry.demo", key_derivation="hmac", digest_method=hashlib.sha256).sign(value),
        Signer(issued.key, b"ferry.share", key_derivation="hmac", digest_method=hashlib.sha512).sign(value),
        Signer(issued.key, b"ferry.share", key_derivation="hmac").sign(value),
        Signer(issued.key, b"ferry.share", digest_method=hashlib.sha256).sign(value),
        Signer(issued.key, b"ferry.share", key_derivation="none", digest_method=hashlib.sha256).sign(value),
        Signer(issued.key, b"ferry.share", sep=b"~", key_derivation="hmac", digest_method=hashlib.sha256).sign(value),
        URLSafeSerializer(issued.key, b"ferry.share").dumps([issued.record.id, issued.record.expires]).encode(),
    )
    return "GET", b"/s/" + dice.choice(ways)


def _path(issued: Issued, dice: random.Random) -> Spelling:
    token, number = issued.share, dice.randrange(3)
    noise = "".join(dice.choice(string.ascii_lowercase) for _ in range(dice.randrange(1, 6)))
    ways = (
        f"//s/{token}",
        f"/s//{token}",
        f"/s/./{token}",
        f"/./s/{token}",
        f"/{noise}/../s/{token}",
        f"/s/{token}/",
        f"/s/{token}//{number}",
        f"/s/{token}/{number}/",
        f"/s/{token}/0{number}",
        f"/s/{token}/+{number}",
        f"/s/{token}/-{number}",
        f"/s/{token}/{number}.0",
        f"/s/{token}/0x{number}",
        f"/s/{token}/{noise}",
        f"/s/{token}/../{token}/{number}",
        f"/s/{token}?{noise}={number}",
        f"/s/{token}/{number}?{noise}",
        f"/s/{token};{noise}",
        f"/s\\{token}",
        f"/{noise}/s/{token}",
        f"/s/{token}{noise}",
        f"/s/{noise}{token}",
        f"/s/{token}:{noise}",
        f"s/{token}",
        f"/s/{token}/files/{number}",
        f"/s/{token}/..%2f..%2frecord.json",
        f"/{token}",
        f"/s?token={token}",
        f"/s/{token}%23{noise}",
    )
    return "GET", dice.choice(ways).encode()


def _encoding(issued: Issued, dice: random.Random) -> Spelling:
    """Percent signs: what a decoded path would no longer show."""
    token = issued.share
    lower = dice.random() < 0.5

    def coded(char: str) -> str:
        code = f"%{ord(char):02x}" if lower else f"%{ord(char):02X}"
        return code.replace("%", "%25") if dice.random() < 0.1 else code

    at = dice.randrange(len(token))
    some = "".join(coded(char) if dice.random() < 0.15 or place == at else char for place, char in enumerate(token))
    ways = (
        f"/s/{some}",
        f"/%73/{token}",
        f"/s%2F{token}",
        f"/s%2f{some}",
        f"/s/{token}%2F{dice.randrange(3)}",
        f"/s/{token}/%3{dice.randrange(3)}",
        f"/s/{quote(token, safe='')}%00",
        f"/s/%2e/{token}",
        f"/s/%c0%ae/{token}",
        f"/s/{token[:at]}%u00{ord(token[at]):02x}{token[at + 1 :]}",
        f"/s/{token[:at]}&#{ord(token[at])};{token[at + 1 :]}",
    )
    return "GET", dice.choice(ways).encode()


def _unicode(issued: Issued, dice: random.Random) -> Spelling:
    """Letters that look like others, full width, other digits, marks that nobody sees, too long UTF-8."""
    token, at = issued.share, dice.randrange(len(issued.share))
    wide = chr(ord(token[at]) + 0xFEE0)
    swapped = "".join(LOOKALIKES.get(char, char) if dice.random() < 0.6 else char for char in token)
    hidden = token[:at] + dice.choice("\u200b\u200d\u2060\ufeff\u202e\u0301") + token[at:]
    text = dice.choice([token[:at] + wide + token[at + 1 :], swapped, hidden])
    long = bytes([0xC0 | ord(token[at]) >> 6, 0x80 | ord(token[at]) & 0x3F])
    raw = (
        token[:at].encode()
        + dice.choice([long, text[at : at + 1].encode("utf-16-le"), b"\xff"])
        + token[at + 1 :].encode()
    )
    return "GET", b"/s/" + dice.choice(
        [text.encode(), quote(text).encode(), quote(raw).encode(), raw.replace(b"\n", b"-")]
    )


def _method(issued: Issued, dice: random.Random) -> Spelling:
    return dice.choice(METHODS) if dice.random() < 0.95 else "BREW", f"/s/{issued.share}".encode()
