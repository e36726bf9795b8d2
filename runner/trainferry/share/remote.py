"""Shares at a gateway: what it lets the caller see, and the links it makes for members."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trainferry.errors import Corrupt
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store.door import Asking, Door, Request
from trainferry.store.ranges import AHEAD, RANGE
from trainferry.store.windows import windowed


class Remote:
    """`about`: the claim's url, which errors name. Raises Forbidden, Missing, Unreachable, Corrupt."""

    def __init__(self, door: Door, about: str, timeout: float = 60.0, patience: float = 60.0) -> None:
        self._asking, self._about = Asking(door, timeout, patience), about
        self.base = door.base

    def token(self, share: str) -> str:
        """Of the share's link; members only."""
        order = json.dumps({"share": share}).encode()
        return str(self._told(Request("POST", "/v1/link", body=order, about=self._about))["token"])

    def mine(self) -> list[ShareRecord]:
        """What is made out to the caller."""
        told = self._told(Request("GET", "/v1/shares", {"to": "me"}, about=self._about))
        return [ShareRecord.loads(json.dumps(one).encode()) for one in told["shares"]]

    def record(self, share: str) -> ShareRecord:
        """One of them, or any for members."""
        return ShareRecord.loads(self._asking.ask(Request("GET", "/v1/share", {"id": share}, about=self._about)).data)

    def read(self, record: ShareRecord, file: SharedFile) -> Iterator[bytes]:
        """A file's bytes, a few requests ahead."""
        with ThreadPoolExecutor(4, "ferry-share") as pool:
            starts = range(0, file.size, RANGE)
            yield from windowed(pool, lambda start: self._range(record, file, start), starts, AHEAD)

    def _range(self, record: ShareRecord, file: SharedFile, start: int) -> bytes:
        end = min(start + RANGE, file.size) - 1
        query = {"id": record.id, "n": file.number}
        wanted = {"Range": f"bytes={start}-{end}"}
        answer = self._asking.ask(Request("GET", "/v1/share/file", query, wanted, about=self._about))
        if len(answer.data) != end - start + 1:
            raise Corrupt(f"{file.path}: {len(answer.data)} bytes came at {start}, not {end - start + 1}")
        return answer.data

    def _told(self, request: Request) -> Any:
        return json.loads(self._asking.ask(request).data)
