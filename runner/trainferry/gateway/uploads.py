"""Uploads in pieces: `.ferry/uploads/<id>.part` grows by whole verified pieces and becomes an object by one rename.

How much of a part is good is kept with it (an extended attribute), so that a gateway that starts anew goes on from
there; what it finds that way is read again before it is believed. Of two who write one upload the later one wins.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trainferry.errors import BadInput
from trainferry.gateway import disk
from trainferry.gateway.answers import control, crc32c, described, number, parameter, text
from trainferry.gateway.bodies import pieces
from trainferry.gateway.late import Late
from trainferry.gateway.objects import LARGEST
from trainferry.gateway.parts import Behind, Part, Parts
from trainferry.store import names
from trainferry.store.file import FileStore

_ID = re.compile(r"[0-9a-f]{32}")


class Uploads:
    """See `store.http_upload`, which is the other side."""

    def __init__(self, store: FileStore) -> None:
        self._parts = Parts(store)

    def routes(self) -> list[Route]:
        return [
            Route("/v1/upload", self.there, methods=["GET"]),
            Route("/v1/upload", self.piece, methods=["PUT"]),
            Route("/v1/upload", self.commit, methods=["POST"]),
        ]

    async def there(self, request: Request) -> Response:
        part = self._parts.part(_id(request.query_params.get("id")))
        return JSONResponse({"offset": await disk.long(part.offset)})

    async def piece(self, request: Request) -> Response:
        part = self._parts.part(_id(request.query_params.get("id")))
        offset = number(parameter(request, "offset"), "offset") or 0
        promised = crc32c(request.headers.get("x-ferry-crc32c"))
        try:
            return JSONResponse({"offset": await self._append(part, offset, promised, request)})
        except Behind as behind:
            return JSONResponse({"offset": behind.offset}, 409, {"X-Ferry-Error": "Changed"})

    async def commit(self, request: Request) -> Response:
        order = await control(request)
        part = self._parts.part(_id(order.get("id")))
        name, size = names.check(text(order, "name")), number(order.get("size"), "size") or 0
        condition, promised = number(order.get("if_generation"), "if_generation"), crc32c(order.get("crc32c"))

        async def committed() -> dict[str, Any]:
            try:
                return described(await disk.long(part.commit, name, size, promised, condition))
            except Behind as behind:
                return {"offset": behind.offset}

        return Late(request, committed())

    async def _append(self, part: Part, offset: int, promised: int, request: Request) -> int:
        if not offset:
            await disk.long(self._parts.sweep)
        turn = await disk.long(part.begin, offset)
        try:
            async for piece in pieces(request, LARGEST):
                await disk.short(part.write, turn, piece)
            return await disk.long(part.end, turn, promised)
        except BaseException:
            await disk.long(part.give_up, turn)
            raise


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadInput("the id of an upload is 32 hex digits")
    return value
