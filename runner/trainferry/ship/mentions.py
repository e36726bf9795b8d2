"""What the code of a run speaks of: which words its files contain."""

import tarfile
import zlib
from collections.abc import Iterable
from io import BytesIO

from trainferry.errors import BadInput, Corrupt, Missing
from trainferry.runs import layout
from trainferry.store import Store

LARGEST = 4 << 20  # bytes of a file that somebody wrote; more is data


def mentions(store: Store, code: str, words: Iterable[str]) -> frozenset[str]:
    """Those of the words that a file of the snapshot contains. Raises BadInput when the snapshot is gone."""
    try:
        archive = store.get(layout.snapshot(code))
    except Missing as error:
        message = f"the code {code[:12]} is not in {store.url} any more"
        raise BadInput(message, "ferry run ships today's code") from error
    try:
        return within(archive, words)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise Corrupt(f"code {code[:12]}: broken archive ({error})", "ferry verify") from error


def within(archive: bytes, words: Iterable[str]) -> frozenset[str]:
    """The same of a snapshot that is at hand."""
    found: set[str] = set()
    wanted = {word.encode(): word for word in words}
    with tarfile.open(fileobj=BytesIO(archive), mode="r|gz") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() and member.size <= LARGEST else None
            content = file.read() if file else b""
            found |= {word for raw, word in wanted.items() if raw in content}
    return frozenset(found)
