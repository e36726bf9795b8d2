"""An answer that is cut off when what it comes from is taken back while it is under way."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

EVERY = 2.0  # seconds


class Watched(Response):
    """`answer`, as long as `holds` says so; it is asked every two seconds, however slowly the bytes are taken."""

    def __init__(self, answer: Response, holds: Callable[[], Awaitable[bool]], every: float = EVERY) -> None:
        self.status_code = answer.status_code
        self._answer, self._holds, self._every = answer, holds, every

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._answer(scope, receive, send))
        try:
            while not (await asyncio.wait({sending}, timeout=self._every))[0]:
                if not await self._holds():
                    break
            else:
                await sending
        finally:
            sending.cancel()  # what was announced does not all come: the client sees that it was cut
            await asyncio.gather(sending, return_exceptions=True)
