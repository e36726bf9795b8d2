"""One client's connection through the proxy: requests one after the other, and what goes wrong with them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

from tests.integration.faults import wire
from tests.integration.faults.plan import ENVELOPE, STATUS, Fault, Plan, told_wrong
from tests.integration.faults.wire import Hung, Stream


class Between(Protocol):
    """What a connection has to know of the proxy: the plan, and both addresses as they are written in URLs."""

    plan: Plan
    own: bytes
    server: bytes


class Connection:
    """One client's connection and the one to the server that goes with it."""

    def __init__(self, proxy: Between, client: Stream) -> None:
        self.proxy, self.client = proxy, client
        self.server: Stream | None = None
        self.reset = False

    async def live(self) -> None:
        """Request after request, until either end or a fault ends it."""
        try:
            while head := await self.client.head():
                await self._exchange(head)
        except OSError:
            self.reset = self.reset or not self.client.alive()
        finally:
            for stream in (self.client, self.server):
                if stream is not None:
                    stream.close(self.reset)

    async def _exchange(self, head: bytes) -> None:
        fault = self.proxy.plan.request()
        if fault and fault.what in STATUS:
            return await self._refuse(fault, wire.body(self.client, wire.length(head)))
        if fault and fault.what in ("reset", "silence", "kill"):
            await self._happen(fault)
        server = await self._connected()
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before the body's end
            await server.send(head)
        if not await self._request_body(server, head, fault):
            return None
        if fault and fault.what == "mute":
            await server.head()
            await self._happen(Fault("silence"))
        return await self._answer(server, head, fault)

    async def _request_body(self, server: Stream, head: bytes, fault: Fault | None) -> bool:
        """Whether an answer is due."""
        size, media, passed = wire.length(head), wire.is_media(head), 0
        if fault and fault.what == "cut-sent":
            await self._pass(wire.body(self.client, size), server, (size or 0) // 2)
            await self._happen(Fault("cut"))
        if fault and fault.what == "flip" and media:
            self._flip_inside("up", size)
        spared = ENVELOPE if b"multipart/" in head.lower() else 0
        pieces = wire.body(self.client, size)
        async for raw, own in pieces:
            piece, stop = self.proxy.plan.passing("up", raw, spared - passed) if own and media else (raw, None)
            passed += len(raw) if own else 0
            with suppress(BrokenPipeError, ConnectionResetError):
                await server.send(piece)
            if stop and stop.what in STATUS:
                await self._refuse(stop, pieces)
                return False
            if stop:
                await self._happen(stop)
        return True

    async def _answer(self, server: Stream, request: bytes, fault: Fault | None) -> None:
        head = await server.head()
        while head and wire.status(head) < 200:
            await self.client.send(head)
            head = await server.head()
        if not head:
            raise Hung
        empty = wire.method(request) == "HEAD" or wire.status(head) in (204, 304)
        size = 0 if empty else wire.length(head)
        media = not empty and wire.is_media(head)
        if fault and fault.what in ("lost", "cut"):
            return await self._cut_answer(server, head, size, fault)
        refusal = self.proxy.plan.refused(size or 0) if media else None
        if refusal:
            return await self._refuse(refusal, wire.body(self.client, 0))
        wrong = fault is not None and fault.what == "flip" and not wire.is_media(request)
        if wrong and media:
            self._flip_inside("down", size)
        await self._answer_body(server, told_wrong(head) if wrong and not media else head, size, (media, wrong))
        return None

    async def _answer_body(self, server: Stream, head: bytes, size: int | None, how: tuple[bool, bool]) -> None:
        media, wrong = how
        await self.client.send(self._moved(head))
        async for raw, own in wire.body(server, size):
            if own and media:
                piece, stop = self.proxy.plan.passing("down", raw)
                await self.client.send(piece)
                if stop:
                    await self._happen(stop)
            else:
                await self.client.send(told_wrong(self._moved(raw)) if wrong else self._moved(raw))

    async def _cut_answer(self, server: Stream, head: bytes, size: int | None, fault: Fault) -> None:
        if fault.what == "lost" or not size:
            async for _ in wire.body(server, size):
                pass
            await self._happen(Fault("reset" if fault.what == "lost" else "cut"))
            return
        await self.client.send(self._moved(head))
        await self._pass(wire.body(server, size), self.client, (size or 0) // 2)
        await self._happen(Fault("cut"))

    async def _pass(self, pieces: AsyncIterator[tuple[bytes, bool]], sink: Stream, size: int) -> None:
        """The first bytes, at least so many; the rest stays where it is."""
        async for piece, _ in pieces:
            await sink.send(piece[: max(1, size)])
            size -= len(piece)
            if size <= 0:
                return

    async def _refuse(self, fault: Fault, rest: AsyncIterator[tuple[bytes, bool]]) -> None:
        """Takes the rest of the request, as busy servers do, and answers. The server never hears the end of it."""
        if self.server is not None:
            self.server.close(reset=True)
            self.server = None
        async for _ in rest:
            pass
        await self.client.send(_refusal(STATUS[fault.what]))

    def _flip_inside(self, way: str, size: int | None) -> None:
        """A byte in the middle of the body that begins now."""
        plan = self.proxy.plan
        plan.faults.append(Fault("flip", way, getattr(plan, way) + (size or 0) // 2))
        plan.hits -= 1

    async def _happen(self, fault: Fault) -> None:
        """Raises Hung, which ends the connection, unless it is a kill that takes its time."""
        if fault.what == "kill" and fault.delay:
            asyncio.get_running_loop().call_later(fault.delay, _kill, fault.pid)
            return
        if fault.what == "kill":
            _kill(fault.pid)
        while fault.what == "silence" and self.client.alive():
            await asyncio.sleep(0.02)
        self.reset = fault.what == "reset"
        raise Hung

    async def _connected(self) -> Stream:
        """To the server; a connection that it closed meanwhile is replaced."""
        if self.server is None or not self.server.alive():
            sock = wire.small_socket()
            await asyncio.get_running_loop().sock_connect(sock, wire.address(self.proxy.server.decode()))
            self.server = Stream(sock)
        return self.server

    def _moved(self, data: bytes) -> bytes:
        """Links lead to us."""
        return data.replace(self.proxy.server, self.proxy.own)


def _refusal(status: int) -> bytes:
    head = f"HTTP/1.1 {status} Injected\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n"
    return (head + ("Retry-After: 1\r\n" if status == 429 else "") + "\r\ninjected").encode()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
