"""HTTP/1.1 on a socket, byte for byte: heads, and the pieces of bodies as they lie on the wire."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator

PIECE = 1 << 18
BUFFER = 1 << 17  # of the system, a connection: who sends has to feel that nobody reads
ESTABLISHED = 1  # of TCP_INFO's states
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_PLAIN = re.compile(rb"\r\ncontent-type: *(application/json|text/)", re.IGNORECASE)


class Hung(ConnectionError):
    """The other end of a stream went away in the middle."""


class Stream:
    """A connection, read with a small buffer of its own. Nothing is read before it is asked for."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self._waiting = sock, b""
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def head(self) -> bytes:
        """Through the blank line; b"" when the other end is done."""
        while b"\r\n\r\n" not in self._waiting:
            if not await self._more():
                return b""
        return self._take(self._waiting.index(b"\r\n\r\n") + 4)

    async def line(self) -> bytes:
        """Through the line's end."""
        while b"\r\n" not in self._waiting:
            if not await self._more():
                raise Hung
        return self._take(self._waiting.index(b"\r\n") + 2)

    async def some(self, limit: int) -> bytes:
        """1 to `limit` bytes."""
        if self._waiting:
            return self._take(min(limit, len(self._waiting)))
        data = await asyncio.get_running_loop().sock_recv(self.sock, min(limit, PIECE))
        if not data:
            raise Hung
        return data

    async def send(self, data: bytes) -> None:
        """Waits until the system has taken all of it."""
        await asyncio.get_running_loop().sock_sendall(self.sock, data)

    def alive(self) -> bool:
        """Whether the other end still listens."""
        return self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED

    def close(self, reset: bool = False) -> None:
        """FIN, or RST."""
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    async def _more(self) -> bool:
        data = await asyncio.get_running_loop().sock_recv(self.sock, PIECE)
        self._waiting += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        return data


def method(head: bytes) -> str:
    """Of a request."""
    return head.partition(b" ")[0].decode()


def status(head: bytes) -> int:
    """Of an answer."""
    return int(head.split(b" ", 2)[1])


def length(head: bytes) -> int | None:
    """Bytes of the body; None when it comes in chunks."""
    if _CHUNKED.search(head):
        return None
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def is_media(head: bytes) -> bool:
    """Whether the body holds bytes of objects, rather than what is said about them: a POST has to say so."""
    told = _PLAIN.search(head) or (head.startswith(b"POST ") and b"\r\ncontent-type:" not in head.lower())
    return length(head) != 0 and not told


async def body(stream: Stream, size: int | None) -> AsyncIterator[tuple[bytes, bool]]:
    """The body as it lies on the wire, and whether a piece is the body's own or the chunks' framing."""
    while size is None:
        line = await stream.line()
        yield line, False
        inside = int(line.partition(b";")[0], 16)
        async for piece in _exactly(stream, inside):
            yield piece, True
        yield await stream.line(), False
        if not inside:
            return
    async for piece in _exactly(stream, size):
        yield piece, True


async def _exactly(stream: Stream, size: int) -> AsyncIterator[bytes]:
    while size:
        piece = await stream.some(min(size, PIECE))
        size -= len(piece)
        yield piece


def small_socket() -> socket.socket:
    """TCP, not blocking."""
    sock = socket.socket()
    sock.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    return sock


def address(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, _, port = text.rpartition(":")
    return host, int(port)
