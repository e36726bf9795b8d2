"""An answer that may take its time: it begins before it is known, so that nobody in between takes it for dead."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from trainferry.gateway.answers import kind, ours, shown

FIRST, EVERY = 5.0, 5.0  # seconds without a byte


class Late(Response):
    """JSON. What takes longer than five seconds is 200 and blanks first; an error is then in the JSON (`error`)."""

    def __init__(self, request: Request, work: Coroutine[Any, Any, dict[str, Any]]) -> None:
        self.status_code = 200
        self._request, self._work = request, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.ensure_future(self._work)
        if (await asyncio.wait({task}, timeout=FIRST))[0]:
            await JSONResponse(task.result())(scope, receive, send)
            return
        head = [(b"content-type", b"application/json"), (b"x-ferry-size", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        while not (await asyncio.wait({task}, timeout=EVERY))[0]:
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await send({"type": "http.response.body", "body": json.dumps(self._told(task)).encode()})

    def _told(self, task: "asyncio.Future[dict[str, Any]]") -> dict[str, Any]:
        error = task.exception()
        if not isinstance(error, Exception):
            return task.result()
        message, hint = shown(self._request.app.state.store, ours(error))
        return {"error": kind(ours(error)), "message": message, "hint": hint}
