"""`shares/<id>/record.json`: what a share holds, for whom, until when. Without it there is no share."""

import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from trainferry.errors import BadInput, Corrupt, Missing
from trainferry.runs import layout
from trainferry.runs.manifest import dumps_json
from trainferry.store import Store

FORMAT = 1
SHARE, DEMO = "share", "demo"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # base32: nothing that is mistaken for something else when typed
ID = re.compile(f"[{LETTERS}]{{10}}", re.ASCII)


@dataclass(frozen=True)
class SharedFile:
    """A copy, `shares/<id>/files/<number>`. `path` is shown; `crc32c` and `sha256` (hex) of the `size` bytes.

    `about`: it came along because it tells about another file (best.json); `pickle`: loading it can run code.
    """

    path: str
    number: int
    size: int
    crc32c: int
    sha256: str
    content_type: str
    about: bool = False
    pickle: bool = False


@dataclass(frozen=True)
class ShareRecord:
    """`source` in words for people; times in seconds since the epoch; `to`: identities, empty = whoever has the link.

    kind: share, or demo with the sha256 (base64) of the `scripts` that its page may run. `base`: where links are
    opened, "" when only the one who asks knows.
    """

    id: str
    name: str
    source: str
    files: tuple[SharedFile, ...]
    created: float
    expires: int
    by: str = ""
    to: tuple[str, ...] = ()
    kind: str = SHARE
    scripts: tuple[str, ...] = ()
    base: str = ""
    format: int = FORMAT

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def main(self) -> SharedFile | None:
        """The file that the share is about; None when there are several."""
        files = [file for file in self.files if not file.about]
        return files[0] if len(files) == 1 else None

    def living(self, now: float | None = None) -> bool:
        """Not expired."""
        return (time.time() if now is None else now) < self.expires

    def dumps(self) -> bytes:
        """The object's bytes, the same for the same record."""
        return dumps_json(asdict(self))

    @classmethod
    def loads(cls, data: bytes) -> "ShareRecord":
        """The record that `dumps` wrote. Raises Corrupt."""
        try:
            plain: dict[str, Any] = json.loads(data)
            plain["files"] = tuple(SharedFile(**file) for file in plain["files"])
            plain["to"], plain["scripts"] = tuple(plain["to"]), tuple(plain["scripts"])
            return cls(**plain)
        except (ValueError, TypeError, KeyError) as error:
            raise Corrupt(f"a share's record is none ({error})", "a newer ferry may have written it") from error


def fresh_id() -> str:
    """50 random bits, typed in ten letters."""
    return "".join(secrets.choice(LETTERS) for _ in range(10))


def check_id(text: str) -> str:
    """The id itself, or BadInput."""
    if not ID.fullmatch(text):
        raise BadInput(f"share {text!r}: expected an id of ten letters and digits", "ferry get shares")
    return text


def read(store: Store, share: str) -> ShareRecord:
    """The record as it is now. Raises Missing for one that was taken back or never was."""
    try:
        return ShareRecord.loads(store.get(layout.share_record(check_id(share))))
    except Missing:
        raise Missing(f"no share {share} in {store.url}", "ferry get shares") from None


def everything(store: Store) -> list[ShareRecord]:
    """All shares of the store, oldest first, the expired ones too."""
    names = [info.name for info in store.list("shares/") if info.name.endswith("/record.json")]
    with ThreadPoolExecutor(8, "ferry-share") as pool:
        found = [record for record in pool.map(lambda name: _there(store, name), names) if record]
    return sorted(found, key=lambda record: (record.created, record.id))


def _there(store: Store, name: str) -> ShareRecord | None:
    """None for one that was taken back while the others were read."""
    try:
        return ShareRecord.loads(store.get(name))
    except Missing:
        return None
