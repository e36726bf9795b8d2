"""A large object on its way to a gateway: pieces with an offset, so that a broken connection costs one of them."""

import json
import secrets
from typing import Any, BinaryIO

import google_crc32c

from trainferry.errors import Changed, Corrupt, Unreachable
from trainferry.store.door import Asking, Request
from trainferry.store.http_resume import Kept
from trainferry.store.protocol import Moved, unheard

CHUNK = 16 << 20  # what a broken connection costs
LOST = 10  # times that a gateway may know less than before


class Upload:
    """One object, sent once. `about`: its url; `moved` hears how many bytes arrived."""

    def __init__(self, asking: Asking, name: str, about: str, source: str, moved: Moved = unheard) -> None:
        self._asking, self._name, self._about, self._source, self._moved = asking, name, about, source, moved
        self._id = secrets.token_hex(16)

    def resume(self, file: BinaryIO, size: int, if_generation: int | None, kept: Kept) -> dict[str, Any]:
        """Like `send`, from where an upload of the same file that was killed has come to."""
        known = kept.known()
        self._id = known or kept.fresh()
        try:
            told = self.send(file, size, if_generation, self._there(size) if known else 0)
        except Corrupt:
            if not known:
                kept.forget()
                raise
            self._id = kept.fresh()  # what had arrived under the old id was something else
            told = self.send(file, size, if_generation)
        kept.forget()
        return told

    def send(self, file: BinaryIO, size: int, if_generation: int | None, offset: int = 0) -> dict[str, Any]:
        """What the gateway says about the object. Raises Changed when the file does not hold `size` bytes."""
        crcs = {0: 0}  # of the first so many bytes
        if offset:
            crcs[offset] = self._crc32c(file, offset)
            self._moved(offset)
        for _ in range(LOST):
            while offset < size:
                before, offset = offset, self._next(file, offset, size, crcs)
                if offset <= before:
                    break
            else:
                told = self._commit(size, crcs[size], if_generation)
                if "offset" not in told:
                    return told
                offset = self._known(int(told["offset"]), crcs)
        raise Unreachable(f"{self._about}: the gateway keeps losing what it is sent")

    def _next(self, file: BinaryIO, offset: int, size: int, crcs: dict[int, int]) -> int:
        """Sends what is at `offset`. How much is there afterwards."""
        file.seek(offset)
        chunk = file.read(min(CHUNK, size - offset))
        if len(chunk) < min(CHUNK, size - offset):
            raise Changed(f"{self._source} changed while it was read")
        crcs[offset + len(chunk)] = google_crc32c.extend(crcs[offset], chunk)
        there = self._known(self._piece(offset, chunk), crcs)
        self._moved(max(0, there - offset))
        return there

    def _there(self, size: int) -> int:
        """How much has arrived under our id; nothing when that cannot be of this file."""
        told = self._asking.told(Request("GET", "/v1/upload", {"id": self._id}, about=self._about))
        return int(told["offset"]) if int(told["offset"]) <= size else 0

    def _crc32c(self, file: BinaryIO, size: int) -> int:
        file.seek(0)
        crc = 0
        while size and (piece := file.read(min(size, 1 << 20))):
            crc, size = google_crc32c.extend(crc, piece), size - len(piece)
        return crc

    def _known(self, there: int, crcs: dict[int, int]) -> int:
        """Begins again when somebody else's bytes are under our id."""
        if there in crcs:
            return there
        self._id = secrets.token_hex(16)
        return 0

    def _piece(self, offset: int, chunk: bytes) -> int:
        """How much is there afterwards."""
        headers = {"X-Ferry-Crc32c": f"{google_crc32c.value(chunk):08x}"}
        query = {"id": self._id, "offset": offset}
        request = Request("PUT", "/v1/upload", query, headers, chunk, self._about, expected=(409,))
        return int(self._asking.told(request)["offset"])

    def _commit(self, size: int, crc: int, if_generation: int | None) -> dict[str, Any]:
        order = {"id": self._id, "name": self._name, "size": size, "crc32c": f"{crc:08x}"}
        body = json.dumps({**order, "if_generation": if_generation}).encode()
        request = Request("POST", "/v1/upload", body=body, about=self._about)
        return self._asking.told(request)
