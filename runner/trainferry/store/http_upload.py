"""A large object on its way to a gateway: pieces with an offset, so that a broken connection costs one of them."""

import json
import secrets
from typing import Any, BinaryIO

import google_crc32c

from trainferry.errors import Changed
from trainferry.store.door import Asking, Request

CHUNK = 16 << 20  # what a broken connection costs


class Upload:
    """One object, sent once. `about`: its url."""

    def __init__(self, asking: Asking, name: str, about: str, source: str) -> None:
        self._asking, self._name, self._about, self._source = asking, name, about, source
        self._id = secrets.token_hex(16)

    def send(self, file: BinaryIO, size: int, if_generation: int | None) -> dict[str, Any]:
        """What the gateway says about the object. Raises Changed when the file does not hold `size` bytes."""
        crcs = {0: 0}  # of the first so many bytes
        offset = 0
        while offset < size:
            file.seek(offset)
            chunk = file.read(min(CHUNK, size - offset))
            if len(chunk) < min(CHUNK, size - offset):
                raise Changed(f"{self._source} changed while it was read")
            crcs[offset + len(chunk)] = google_crc32c.extend(crcs[offset], chunk)
            there = self._piece(offset, chunk)
            offset = there if there in crcs else self._anew()
        return self._commit(size, crcs[size], if_generation)

    def _piece(self, offset: int, chunk: bytes) -> int:
        """How much is there afterwards."""
        headers = {"X-Ferry-Crc32c": f"{google_crc32c.value(chunk):08x}"}
        query = {"id": self._id, "offset": offset}
        request = Request("PUT", "/v1/upload", query, headers, chunk, self._about, expected=(409,))
        return int(json.loads(self._asking.ask(request).data)["offset"])

    def _anew(self) -> int:
        """Somebody else's bytes are under our id: begin again."""
        self._id = secrets.token_hex(16)
        return 0

    def _commit(self, size: int, crc: int, if_generation: int | None) -> dict[str, Any]:
        order = {"id": self._id, "name": self._name, "size": size, "crc32c": f"{crc:08x}"}
        body = json.dumps({**order, "if_generation": if_generation}).encode()
        request = Request("POST", "/v1/upload", body=body, about=self._about)
        told: dict[str, Any] = json.loads(self._asking.ask(request).data)
        return told
