"""One request through the GCS proxy: faults first, then checks, then the emulator, then the answer back."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from tests.cluster import gcs_signature
from tests.cluster.gcs_refused import Refused
from tests.cluster.gcs_requests import (
    Digest,
    Operation,
    broken_condition,
    declared_hashes,
    metadata_hashes,
    split_multipart,
)
from tests.cluster.gcs_uploads import Session, ends

if TYPE_CHECKING:
    from tests.cluster.gcs_proxy import Proxy

HOP_BY_HOP = frozenset(
    ["connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection", "expect"]
)
CHANGING = frozenset({"insert", "resumable_put", "compose", "rewrite", "delete", "patch"})
STREAMED = frozenset({"insert", "resumable_put"})
PIECE = 1 << 16  # what a bandwidth limit lets through at once, at most


class Exchange:
    """One request and its answer."""

    def __init__(
        self,
        proxy: "Proxy",
        request: web.BaseRequest,
        headers: dict[str, str],
        operation: Operation,
        body: bytes | None,
    ) -> None:
        self.proxy, self.request, self.headers, self.operation, self.read = proxy, request, headers, operation, body
        self.faults = proxy.faults.of(operation, request.method)
        self.session = proxy.sessions.of(operation) if operation.kind == "resumable_put" else None
        self.refused: Refused | None = None
        self.status, self.hung_up = 0, False
        self.stack = AsyncExitStack()

    def summary(self) -> dict[str, int]:
        """What the counters add for this request (bytes are counted as they pass)."""
        status = "reset" if self.hung_up else self.refused.status if self.refused else self.status
        return {
            "requests": 1,
            f"kind:{self.operation.kind}": 1,
            f"method:{self.request.method}": 1,
            f"status:{status}": 1,
        }

    async def answer(self) -> web.StreamResponse:
        """The whole exchange. Raises Refused, and what aiohttp raises for lost connections."""
        try:
            async with self.stack:
                return await self._early_fault() or await self._perform()
        except Refused as refused:
            self.refused = refused
            raise

    async def _early_fault(self) -> web.StreamResponse | None:
        for fault in self.faults:
            await asyncio.sleep(fault.latency)
            if fault.reset:
                return self._hang_up()
            if fault.status is not None:
                headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                raise Refused(fault.status, "injected fault", "injected", headers)
        return None

    async def _perform(self) -> web.StreamResponse:
        self._check_signature()
        if self.operation.query.get("uploadType") == "multipart":
            return await self._multipart()
        if self.session and (self.session.answer or self._out_of_step(self.session)):
            return await self._session_state(self.session)
        if self.operation.kind in STREAMED:
            return await self._forward(self._checked_body())
        return await self._small()

    def _check_signature(self) -> None:
        if self.proxy.key is None or "X-Goog-Signature" not in self.operation.query:
            return
        flaw = gcs_signature.flaw(self.request.method, self.request.raw_path, self.headers, self.proxy.key)
        if flaw:
            raise Refused(
                400 if flaw == "expired" else 403,
                f"signed link: {flaw}",
                "ExpiredToken" if flaw == "expired" else "SignatureDoesNotMatch",
            )

    async def _multipart(self) -> web.StreamResponse:
        body = b"".join([piece async for piece in self._body()])
        try:
            metadata, media = split_multipart(self.headers.get("content-type", ""), body)
        except ValueError as error:
            raise Refused(400, f"malformed multipart body: {error}", "badRequest") from error
        self._check_hashes(media, metadata_hashes(metadata) | declared_hashes(self.headers))
        await self._lock_and_check()
        return await self._forward(body)

    def _check_hashes(self, media: bytes, expected: dict[str, str]) -> None:
        digest = Digest("md5" in expected)
        digest.update(media if expected else b"")
        if expected and (wrong := digest.wrong(expected)):
            raise Refused(400, f"Provided {wrong} does not match the content", "invalid")

    async def _small(self) -> web.StreamResponse:
        body = b"".join([piece async for piece in self._body()])
        await self._lock_and_check()
        return await self._forward(body or None, started_with=body)

    def _out_of_step(self, session: Session) -> bool:
        return session.out_of_step(self.headers.get("content-range", ""), int(self.headers.get("content-length", "0")))

    async def _session_state(self, session: Session) -> web.Response:
        async for _ in self._body():
            pass
        self.status, headers, body = session.answer or (308, session.state(), b"")
        return web.Response(status=self.status, headers=headers, body=body)

    async def _checked_body(self) -> AsyncIterator[bytes]:
        """The body, its last piece held back until hashes and preconditions hold: else it never becomes an object."""
        last, final = b"", ends(self.headers.get("content-range", ""))
        expected = (self.session.hashes if self.session else {}) | declared_hashes(self.headers)
        digest = self._digest(expected)
        size = 0
        async for piece in self._body():
            if last:
                yield last
            last, size = piece, size + len(piece)
            if digest:
                digest.update(piece)
        if final:
            await self._commit(digest, expected)
        if last:
            yield last
        if self.session and digest:
            self.session.digest, self.session.offset = digest, self.session.offset + size

    def _digest(self, expected: dict[str, str]) -> Digest | None:
        if self.session and self.session.offset:
            return self.session.digest.copy()
        return Digest("md5" in expected) if self.session or expected else None

    async def _commit(self, digest: Digest | None, expected: dict[str, str]) -> None:
        try:
            if digest and (wrong := digest.wrong(expected)):
                raise Refused(400, f"Provided {wrong} does not match the content", "invalid")
            await self._lock_and_check()
        except Refused as refused:
            self.refused = refused
            raise

    async def _lock_and_check(self) -> None:
        """Nobody else changes the object between this check and the end of the exchange."""
        operation = self.session.operation if self.session else self.operation
        if self.operation.kind in CHANGING and operation.object:
            await self.stack.enter_async_context(self.proxy.locks[f"{operation.bucket}/{operation.object}"])
        if operation.conditions:
            await self._check(operation.bucket, operation.object, operation.conditions, operation.creates)
        if operation.source_conditions:
            await self._check(*operation.source, operation.source_conditions, creates=False)

    async def _check(self, bucket: str, name: str, conditions: dict[str, int], creates: bool) -> None:
        current = await self.proxy.current(bucket, name)
        broken = broken_condition(conditions, current) if current or creates else ""
        if broken:
            unchanged = broken.endswith("NotMatch") and self.operation.kind in ("get", "download")
            raise Refused(
                304 if unchanged else 412,
                f"At least one of the pre-conditions you specified did not hold: {broken}",
                "conditionNotMet",
            )

    async def _body(self) -> AsyncIterator[bytes]:
        """The request's body as it comes, counted, slowed down and cut as the faults say."""
        seen = 0
        async for chunk in self._chunks():
            for piece in self._pieces(chunk):
                seen += len(piece)
                for fault in self.faults:
                    await fault.pay(len(piece))
                    if fault.cut is not None and seen > fault.cut:
                        self._hang_up()
                        raise ConnectionResetError("injected cut")
                self.proxy.counters.add(self.operation.bucket, bytes_in=len(piece))
                yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        if self.read is not None:
            yield self.read
            return
        async for chunk in self.request.content.iter_any():
            yield chunk

    def _pieces(self, chunk: bytes) -> list[bytes]:
        if not self.faults:
            return [chunk]
        return [chunk[at : at + PIECE] for at in range(0, len(chunk), PIECE)]

    async def _forward(
        self, body: AsyncIterator[bytes] | bytes | None, started_with: bytes = b""
    ) -> web.StreamResponse:
        headers = {name: value for name, value in self.request.headers.items() if name.lower() not in HOP_BY_HOP}
        target = URL(self.proxy.upstream + self.request.raw_path, encoded=True)
        async with self.proxy.client.request(
            self.request.method, target, headers=headers, data=body, allow_redirects=False
        ) as upstream:
            self.status = upstream.status
            kept = {name: value for name, value in upstream.headers.items() if name.lower() not in HOP_BY_HOP}
            if self.operation.kind == "resumable_start" and upstream.ok:
                self._open_session(kept.get("Location", ""), started_with)
            if self.operation.kind == "download" or self.request.method == "HEAD":
                return await self._stream(upstream, kept)
            return await self._whole(upstream, kept)

    def _open_session(self, location: str, body: bytes) -> None:
        metadata = json.loads(body) if body else {}
        upload_id = parse_qs(urlsplit(location).query).get("upload_id", [""])[0]
        self.proxy.sessions.open(upload_id, Session(self.operation, metadata_hashes(metadata)))

    async def _whole(self, upstream: aiohttp.ClientResponse, headers: dict[str, str]) -> web.StreamResponse:
        body = await upstream.read()
        if self.session and upstream.status == 200:
            self.session.answer = 200, headers, body
        if any(fault.lost for fault in self.faults):
            return self._hang_up()
        self.proxy.counters.add(self.operation.bucket, bytes_out=len(body))
        return web.Response(status=upstream.status, headers=headers, body=body)

    async def _stream(self, upstream: aiohttp.ClientResponse, headers: dict[str, str]) -> web.StreamResponse:
        response = web.StreamResponse(status=upstream.status, headers=headers)
        await response.prepare(self.request)
        seen = 0
        async for chunk in upstream.content.iter_any():
            for piece in self._pieces(chunk):
                for fault in self.faults:
                    await fault.pay(len(piece))
                    if fault.cut is not None and seen + len(piece) > fault.cut:
                        await response.write(piece[: fault.cut - seen])
                        return self._hang_up(response)
                seen += len(piece)
                self.proxy.counters.add(self.operation.bucket, bytes_out=len(piece))
                await response.write(piece)
        await response.write_eof()
        return response

    def _hang_up(self, response: web.StreamResponse | None = None) -> web.StreamResponse:
        """Ends the connection with a RST when nothing was answered yet, else after what was written."""
        self.hung_up = True
        transport = self.request.transport
        if transport is not None and response is None:
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        elif transport is not None:
            transport.close()
        return response or web.Response()
