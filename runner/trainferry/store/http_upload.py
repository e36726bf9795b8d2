"""A large object on its way to a gateway: pieces with an offset, so that a broken connection costs one of them."""

import json
import secrets
from typing import Any, BinaryIO

import google_crc32c

from trainferry.errors import Changed, Unreachable
from trainferry.store.door import Asking, Request

CHUNK = 16 << 20  # what a broken connection costs
LOST = 10  # times that a gateway may know less than before


class Upload:
    """One object, sent once. `about`: its url."""

    def __init__(self, asking: Asking, name: str, about: str, source: str) -> None:
        self._asking, self._name, self._about, self._source = asking, name, about, source
        self._id = secrets.token_hex(16)

    def send(self, file: BinaryIO, size: int, if_generation: int | None) -> dict[str, Any]:
        """What the gateway says about the object. Raises Changed when the file does not hold `size` bytes."""
        crcs, offset = {0: 0}, 0  # crcs: of the first so many bytes
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
        return self._known(self._piece(offset, chunk), crcs)

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
