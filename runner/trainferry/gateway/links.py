"""What a link opens. The record is read anew for every request."""

import re
import time

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from trainferry.errors import Corrupt, Missing
from trainferry.gateway import demos, disk, pages
from trainferry.gateway.callers import Callers
from trainferry.gateway.cards import cards
from trainferry.gateway.look import POLICY
from trainferry.gateway.shares import PRIVATE, SAVED, Named, Shares
from trainferry.share import content, links
from trainferry.share.record import DEMO, SHARE, SharedFile, ShareRecord
from trainferry.store.file import FileStore

PATH = re.compile(rb"/([sd])/([A-Za-z0-9._-]{56,80})(?:/(0|[1-9][0-9]{0,3}))?")
KINDS = {b"s": SHARE, b"d": DEMO}
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-f:]{2,45}\](:[0-9]{1,5})?")
PAGE = {**PRIVATE, "content-security-policy": f"{POLICY}; frame-ancestors 'none'; sandbox allow-downloads"}


def public(store: FileStore, key: bytes) -> list[BaseRoute]:
    """For whoever has a link, known or not."""
    opened = Links(store, key)
    paths = ("/s", "/d", "/s/{rest:path}", "/d/{rest:path}")
    return [Route(path, opened.open, methods=["GET"]) for path in paths]


def routes(store: FileStore, key: bytes, callers: Callers) -> list[BaseRoute]:
    """`public`, and what needs to be known who is calling."""
    named = Named(store, key, callers)
    return [
        *public(store, key),
        Route("/v1/link", named.link, methods=["POST"]),
        Route("/v1/shares", named.list, methods=["GET"]),
        Route("/v1/share", named.get, methods=["GET"]),
        Route("/v1/share/file", named.file, methods=["GET"]),
    ]


class Links(Shares):
    """The bearer of a link is not asked for a name."""

    def __init__(self, store: FileStore, key: bytes) -> None:
        super().__init__(store)
        self._key = key

    async def open(self, request: Request) -> Response:
        """The one answer to every spelling but the one issued, to expired links and to those taken back."""
        request.state.caller, request.state.what = "link", "a link that opens nothing"
        found = await self._found(request)
        if found is None:
            return _closed(request)
        try:
            return await self._opened(request, *found)
        except (Missing, Corrupt):  # it was taken back at this moment
            return _closed(request)

    async def _opened(self, request: Request, share: ShareRecord, which: int | None) -> Response:
        request.state.what = f"{share.kind} {share.id}"
        if share.kind == DEMO:
            return await self.body(request, share, share.files[0], demos.headers(share, PRIVATE))
        if which is not None:
            return await self._file(request, share, share.files[which])
        if "text/html" in request.headers.get("accept", ""):
            return await self._page(request, share)
        if share.main:
            return await self._file(request, share, share.main)
        lines = [f"{_base(request, share)}/{file.number}\n" for file in share.files]
        return PlainTextResponse("".join(lines), headers=PRIVATE)

    async def _found(self, request: Request) -> tuple[ShareRecord, int | None] | None:
        """What is read is the request line as it was sent: decoded paths have many spellings."""
        asked = PATH.fullmatch(request.scope.get("raw_path") or b"")
        if asked is None or request.scope["query_string"]:
            return None
        kind = KINDS[asked[1]]
        token = links.opened(self._key, asked[2].decode(), kind)
        if token is None:
            return None
        share = await disk.short(self.living, token[0])
        if share is None or share.to or (share.kind, links.stamp(share)) != (kind, token[1]):
            return None
        which = int(asked[3]) if asked[3] else None
        if which is not None and (kind == DEMO or which >= len(share.files)):
            return None
        return (share, which) if share.files else None

    async def _file(self, request: Request, share: ShareRecord, file: SharedFile) -> Response:
        kind = file.content_type if file.content_type in content.KNOWN else content.PLAIN
        told = {"content-type": kind, "content-disposition": content.attachment(pages.saved_as(file))}
        return await self.body(request, share, file, {**SAVED, **told})

    async def _page(self, request: Request, share: ShareRecord) -> Response:
        base = _base(request, share)
        token = base.rpartition("/")[2]
        shown = await disk.short(cards, self.store, share)
        page = pages.share_page(
            share, lambda file: f"{token}/{file.number}", pages.curl(base, share), shown, time.time()
        )
        return HTMLResponse(page, headers=PAGE)


def _closed(request: Request) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(CLOSED, 404, PAGE)
    return PlainTextResponse("this link opens nothing: it expired, was taken back, or is not whole\n", 404, PRIVATE)


def _base(request: Request, share: ShareRecord) -> str:
    """The link as whoever asked has it."""
    token = request.scope["raw_path"].split(b"/")[2].decode()
    if share.base:
        return f"{share.base}/s/{token}"
    host = request.headers.get("host", "")
    scheme = request.headers.get("x-forwarded-proto", "")
    scheme = scheme if scheme in ("http", "https") else request.scope["scheme"]
    return f"{scheme}://{host if HOST.fullmatch(host) else 'localhost'}/s/{token}"


CLOSED = pages.closed_page()
