"""Resumable uploads as GCS does them: how far one is, what may come next, what its parts add up to."""

import re
from dataclasses import dataclass, field

from tests.cluster.gcs_requests import Digest, Operation

KNOWN = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)$")
UNKNOWN = re.compile(r"bytes \*/(\d+|\*)$")
KEPT = 10_000


@dataclass
class Session:
    """One resumable upload. `answer` is the last response, kept for a client that did not get it."""

    operation: Operation
    hashes: dict[str, str]
    offset: int = 0
    digest: Digest = field(init=False)
    answer: tuple[int, dict[str, str], bytes] | None = None

    def __post_init__(self) -> None:
        self.digest = Digest("md5" in self.hashes)

    def out_of_step(self, content_range: str, length: int) -> bool:
        """A question about the state, or bytes that were already received: to be answered with the state.

        The emulator would end the upload at a question, and store bytes twice.
        """
        if found := KNOWN.match(content_range):
            return int(found[1]) != self.offset
        found = UNKNOWN.match(content_range)
        return found is not None and length == 0 and found[1] != str(self.offset)

    def state(self) -> dict[str, str]:
        """The headers of a 308 that say how far the upload is."""
        return {"Range": f"bytes=0-{self.offset - 1}"} if self.offset else {}


def ends(content_range: str) -> bool:
    """Whether a part with this Content-Range is the last one."""
    found = KNOWN.match(content_range)
    return not found or found[3] == str(int(found[2]) + 1)


class Sessions:
    """The uploads under way, by upload id; the oldest are forgotten."""

    def __init__(self) -> None:
        self.by_id: dict[str, Session] = {}

    def open(self, upload_id: str, session: Session) -> None:
        """Remembers a new upload."""
        self.by_id[upload_id] = session
        while len(self.by_id) > KEPT:
            del self.by_id[next(iter(self.by_id))]

    def of(self, operation: Operation) -> Session | None:
        """The upload that a part belongs to; None when it is not known (any more)."""
        return self.by_id.get(operation.query.get("upload_id", ""))
