"""The token of a link: a share's id and its expiry, signed. It never names a path; only the spelling issued opens.

<id>.<expiry>.<HMAC-SHA256 in base64url>

A demo's token has the second of its first publication in place of the expiry, so that its link lives on when it is
published again; its record alone says until when.
"""

import hashlib
import hmac
import re

from itsdangerous import Signer

from trainferry.share.record import DEMO, LETTERS, SHARE, ShareRecord

SALTS = {SHARE: b"ferry.share", DEMO: b"ferry.demo"}
TOKEN = re.compile(rf"([{LETTERS}]{{10}})\.([1-9][0-9]{{9}})\.[A-Za-z0-9_-]{{43}}", re.ASCII)


def token(key: bytes, record: ShareRecord) -> str:
    """The one spelling that opens the record's share."""
    return _signed(key, record.kind, record.id, stamp(record))


def stamp(record: ShareRecord) -> int:
    """The second that the token of the record's share says."""
    return int(record.created) if record.kind == DEMO else record.expires


def opened(key: bytes, text: str, kind: str) -> tuple[str, int] | None:
    """Share id and stamp of a token of that kind; None for every other text.

    What the text says is signed anew and compared with it as a whole, in constant time: a decoder that forgives junk
    in base64 has no say.
    """
    found = TOKEN.fullmatch(text)
    if found is None:
        return None
    share, second = found[1], int(found[2])
    same = hmac.compare_digest(_signed(key, kind, share, second).encode(), text.encode())
    return (share, second) if same else None


def _signed(key: bytes, kind: str, share: str, second: int) -> str:
    signer = Signer(key, SALTS[kind], key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.sign(f"{share}.{second}").decode()
