"""The object protocol over HTTP. Names are always parameters: paths suffer in proxies."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trainferry.errors import BadInput, Changed, Corrupt
from trainferry.gateway import disk
from trainferry.gateway.answers import control, crc32c, described, number, parameter, text
from trainferry.gateway.bodies import FileBody, pieces
from trainferry.gateway.late import Late
from trainferry.store import names
from trainferry.store.drafts import Change
from trainferry.store.file import FileStore
from trainferry.store.os_errors import translated
from trainferry.store.protocol import ObjectInfo

LARGEST = 32 << 20  # bytes of a body; larger objects are uploads
PAGE = 1000


class Objects:
    """See `store.http`, which is the other side."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        return [
            Route("/v1/object", self.get, methods=["GET"]),
            Route("/v1/object", self.put, methods=["PUT"]),
            Route("/v1/object", self.delete, methods=["DELETE"]),
            Route("/v1/objects", self.list, methods=["GET"]),
            Route("/v1/compose", self.compose, methods=["POST"]),
            Route("/v1/copy", self.copy, methods=["POST"]),
        ]

    async def get(self, request: Request) -> Response:
        name = parameter(request, "name")
        wanted = number(request.query_params.get("generation"), "generation")
        info, file = await disk.opening(self._store.open, name)
        if wanted is not None and wanted != info.generation:
            file.close()
            raise Changed(f"{self._store.url}/{name} was changed by somebody else")
        return FileBody(request, info, file)

    async def put(self, request: Request) -> Response:
        name = names.check(parameter(request, "name"))
        condition = number(request.query_params.get("if_generation"), "if_generation")
        promised = crc32c(request.headers.get("x-ferry-crc32c"))
        draft = await disk.short(self._store.draft)
        try:
            with translated(self._store.root / name):
                async for piece in pieces(request, LARGEST):
                    await disk.short(draft.write, piece)
            if draft.crc != promised:
                raise Corrupt(f"{self._store.url}/{name}: crc32c {draft.crc:08x} arrived, {promised:08x} was sent")
        except BaseException:
            await disk.short(self._store.drop, draft)
            raise
        return Late(request, self._told(self._store.commit, Change(draft, name, condition)))

    async def delete(self, request: Request) -> Response:
        condition = number(request.query_params.get("if_generation"), "if_generation")
        await disk.long(self._store.delete, parameter(request, "name"), condition)
        return Response(status_code=204)

    async def list(self, request: Request) -> Response:
        return JSONResponse(
            await disk.long(self._page, request.query_params.get("prefix", ""), request.query_params.get("after", ""))
        )

    async def compose(self, request: Request) -> Response:
        order = await control(request)
        parts = order.get("parts")
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise BadInput("parts: a list of names is missing")
        condition = number(order.get("if_generation"), "if_generation")
        return Late(request, self._told(self._store.compose, text(order, "name"), parts, condition))

    async def copy(self, request: Request) -> Response:
        order = await control(request)
        return Late(request, self._told(self._store.copy, text(order, "source"), text(order, "target")))

    async def _told(self, write: Callable[..., ObjectInfo], *args: object) -> dict[str, Any]:
        return described(await disk.long(write, *args))

    def _page(self, prefix: str, after: str) -> dict[str, Any]:
        found: list[ObjectInfo] = list(islice(self._store.list(prefix, after), PAGE + 1))
        more = found[PAGE - 1].name if len(found) > PAGE else None
        return {"objects": [described(info) for info in found[:PAGE]], "next": more}
