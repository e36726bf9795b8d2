"""Bodies go through in pieces: whatever the number of requests, the pieces in memory stay below a bound together."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from trainferry.errors import BadInput
from trainferry.gateway import disk
from trainferry.store.protocol import ObjectInfo

TOGETHER = 8 << 20  # bytes that all bodies under way share
MOST, LEAST = 1 << 20, 64 << 10  # bytes of a piece
SILENCE = 120.0  # seconds a sender may say nothing within a body
_RANGE = re.compile(r"bytes=([0-9]{0,30})-([0-9]{0,30})", re.IGNORECASE)


class Shares:
    """How many bodies are under way, and so how large a piece of one of them may be."""

    def __init__(self) -> None:
        self._open = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    @property
    def size(self) -> int:
        return min(max(TOGETHER // max(self._open, 1), LEAST), MOST)


shares = Shares()


class Body(Response):
    """An answer that is made piece by piece; nothing more is made once nobody listens."""

    def __init__(self, status: int, head: Mapping[str, str]) -> None:
        self.status_code, self._head = status, head

    async def piece(self, size: int) -> bytes:
        """At most about `size` bytes; b"" at the end."""
        raise NotImplementedError

    def close(self) -> None:
        """Whatever was open is not needed any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        try:
            raw = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in self._head.items()]
            await send({"type": "http.response.start", "status": self.status_code, "headers": raw})
            if scope["method"] != "HEAD":
                await self._send(gone, send)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.close()

    async def _send(self, gone: "asyncio.Future[None]", send: Send) -> None:
        with shares.one():
            while not gone.done() and (piece := await self.piece(shares.size)):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                del piece
                await send({"type": "http.response.body", "body": b"", "more_body": True})  # until it is under way


class FileBody(Body):
    """An open file as the answer, whole or the one range that was asked for; closes the file.

    A Range that is no single range is ignored, one behind the end is 416 (RFC 9110): neither costs more than any other.
    """

    def __init__(
        self, request: Request, info: ObjectInfo, file: BinaryIO, headers: Mapping[str, str] | None = None
    ) -> None:
        tag = f'"{info.generation}"'
        asked = request.headers.get("range", "") if request.headers.get("if-range", tag) == tag else ""
        span = single_range(asked, info.size)
        self._file, self._left = file, range(info.size) if span is None else span
        head = {
            "content-type": "application/octet-stream",
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
            "accept-ranges": "bytes",
            "etag": tag,
            **({} if span is None else {"content-range": _content_range(span, info.size)}),
            **_about(info),
            **(headers or {}),
            "content-length": str(len(self._left)),
        }
        super().__init__(200 if span is None else 206 if span else 416, head)

    async def piece(self, size: int) -> bytes:
        if not self._left:
            return b""
        piece = await disk.short(_piece, self._file, self._left.start, min(size, len(self._left)))
        if not piece:  # the file was cut by somebody: the answer ends too early, and the client sees it
            raise RuntimeError("a file became shorter while it was read")
        self._left = self._left[len(piece) :]
        return piece

    def close(self) -> None:
        self._file.close()


def single_range(header: str, size: int) -> range | None:
    """The bytes of one range; an empty range when there are none of it; None for the whole."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        return range(max(size - int(found[2]), 0), size)
    first, last = int(found[1]), int(found[2] or size)
    if found[2] and first > last:
        return None
    return range(first, min(last + 1, size)) if first < size else range(0)


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body of a request; raises BadInput when it is longer than `most` bytes, ClientDisconnect when it is cut."""
    if int(request.headers.get("content-length", "0")) > most:  # its digits are the server's business
        raise BadInput(f"a body of more than {most} bytes")
    stream, held, total, waiting = request.stream(), list[bytes](), 0, 0
    with shares.one():
        while True:
            async with asyncio.timeout(SILENCE):
                part = await anext(stream, None)
            if part is None:
                break
            held.append(part)
            total, waiting = total + len(part), waiting + len(part)
            if total > most:
                raise BadInput(f"a body of more than {most} bytes")
            if waiting >= shares.size:
                yield b"".join(held)
                held, waiting = [], 0
        if waiting:
            yield b"".join(held)


def _piece(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _about(info: ObjectInfo) -> dict[str, str]:
    return {
        "x-ferry-size": str(info.size),
        "x-ferry-generation": str(info.generation),
        "x-ferry-crc32c": f"{info.crc32c:08x}",
        "x-ferry-updated": repr(info.updated),
    }


def _content_range(span: range, size: int) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{size}" if span else f"bytes */{size}"
