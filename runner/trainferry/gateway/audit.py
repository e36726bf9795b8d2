"""Who read or wrote what: one line of JSON an access, never with a token in it."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUIET = ("/healthz",)  # the kubelet asks for it every few seconds
PROTOCOL = "/v1/"


def to_stdout(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Audit:
    """ASGI middleware. The routes say who and what: `request.state.caller`, `request.state.what`.

    {"time": "2026-11-24T20:30:00Z", "caller": "bob", "method": "GET", "what": "share 3kq9w", "status": 200,
     "bytes": 9}
    """

    def __init__(self, app: ASGIApp, say: Callable[[str], None] = to_stdout) -> None:
        self.app, self.say = app, say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        seen = {"status": 0, "bytes": 0}

        async def counted(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
            elif message["type"] == "http.response.body":
                seen["bytes"] += len(message.get("body", b""))

        try:
            await self.app(scope, receive, counted)
        finally:
            self.say(json.dumps(_line(scope, **seen), ensure_ascii=True))


def _line(scope: Scope, status: int, bytes: int) -> dict[str, Any]:
    state = scope.get("state", {})
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "caller": state.get("caller", ""),
        "method": scope["method"],
        "what": state.get("what") or _what(scope),
        "status": status,
        "bytes": bytes,
    }


def _what(scope: Scope) -> str:
    """Of the object protocol: its route and the names asked for. Every other path may hold a token: it is not said."""
    path = scope["path"]
    if not path.startswith(PROTOCOL):
        return "other"
    query = parse_qs(scope["query_string"].decode("ascii", "replace"))
    named = [f"{key}={query[key][0]}" for key in ("name", "prefix", "id", "n") if key in query]
    return " ".join([path.removeprefix("/v1"), *named])
