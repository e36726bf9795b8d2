"""How the gateway listens: uvicorn with bounds on what anybody may send before they are known."""

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS = 64 << 10  # bytes of a request line with its headers
PATIENCE = 600  # seconds a peer may leave bytes untaken


class Bounded(HttpToolsProtocol):
    """A request whose head is too long is answered 400; a peer that takes nothing for ten minutes is let go."""

    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family != socket.AF_UNIX:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PATIENCE * 1000)

    def on_message_begin(self) -> None:
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEADERS:
            raise ValueError("the head of this request is too long")


def server(app: ASGIApp, host: str, port: int, grace: int = 25, **options: Any) -> uvicorn.Server:
    """`grace`: seconds for the requests under way after SIGTERM. Nothing is logged for a request."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Bounded,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=grace,
        **options,
    )
    return uvicorn.Server(config)
