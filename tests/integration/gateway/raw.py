"""Requests as anybody may send them, without the client's good manners."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import google_crc32c

from tests.integration.gateway.server import MEMBER, Gateway


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    running: Gateway,
    method: str,
    target: str,
    body: bytes = b"",
    token: str | None = MEMBER,
    **headers: str,
) -> Answer:
    """`target`: path and query as they are sent; headers with `_` for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["X-Ferry-Token"] = token
        connection.request(method, target, body or None, sent)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def put(running: Gateway, name: str, data: bytes, crc: int | None = None, **query: int) -> Answer:
    more = "".join(f"&{key}={value}" for key, value in query.items())
    promised = google_crc32c.value(data) if crc is None else crc
    return ask(running, "PUT", f"/v1/object?name={quote(name, safe='')}{more}", data, X_Ferry_Crc32c=f"{promised:08x}")


def piece(running: Gateway, id: str, offset: int, data: bytes, crc: int | None = None) -> Answer:
    promised = google_crc32c.value(data) if crc is None else crc
    return ask(running, "PUT", f"/v1/upload?id={id}&offset={offset}", data, X_Ferry_Crc32c=f"{promised:08x}")


def commit(running: Gateway, id: str, name: str, data: bytes, if_generation: int | None = None) -> Answer:
    order = {"id": id, "name": name, "size": len(data), "crc32c": f"{google_crc32c.value(data):08x}"}
    return ask(running, "POST", "/v1/upload", json.dumps({**order, "if_generation": if_generation}).encode())


def begun(running: Gateway, head: str, body: bytes = b"") -> socket.socket:
    """A connection on which so much was sent and no more."""
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=30)
    connection.sendall(f"{head}\r\nHost: gateway\r\nX-Ferry-Token: {MEMBER}\r\n".encode())
    connection.sendall(body)
    return connection
