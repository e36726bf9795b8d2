"""What people of the cluster get by their names. The record is read anew for every request."""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trainferry.errors import BadInput, Corrupt, Forbidden, Missing
from trainferry.gateway import disk
from trainferry.gateway.answers import control, number, parameter, text
from trainferry.gateway.bodies import FileBody
from trainferry.gateway.callers import Caller, Callers
from trainferry.gateway.watched import Watched
from trainferry.runs import layout
from trainferry.share import links, record
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store.file import FileStore

PRIVATE = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-resource-policy": "same-origin",
    "vary": "accept",
}
SAVED = {**PRIVATE, "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}


class Shares:
    """The living shares of a store and their files."""

    def __init__(self, store: FileStore) -> None:
        self.store = store

    def living(self, share: str) -> ShareRecord | None:
        """The record as it is now; None when it is gone, expired or damaged."""
        with suppress(Missing, Corrupt):
            found = record.read(self.store, share)
            return found if found.living() else None
        return None

    async def body(self, request: Request, share: ShareRecord, file: SharedFile, headers: dict[str, str]) -> Response:
        """A file's bytes, until the share is taken back or expires."""
        request.state.what = f"share {share.id} file {file.number}"
        info, opened = await disk.opening(self.store.open, layout.share_file(share.id, file.number))
        if (info.size, info.crc32c) != (file.size, file.crc32c):
            opened.close()
            raise Corrupt(f"share {share.id}: file {file.number} is not the one that was shared")

        async def holds() -> bool:
            return await disk.short(self.living, share.id) is not None

        return Watched(FileBody(request, info, opened, headers), holds)


class Named(Shares):
    """Members see every share, others what was made out to them."""

    def __init__(self, store: FileStore, key: bytes, callers: Callers) -> None:
        super().__init__(store)
        self._key, self._callers = key, callers

    async def link(self, request: Request) -> Response:
        """The token of a share, for members."""
        caller = await self._caller(request)
        if not caller.member:
            raise Forbidden(f"{caller.name} may make no links here")
        share = await self._seen(request, caller, text(await control(request), "share"))
        if share.to:
            raise BadInput(f"share {share.id} is for {', '.join(share.to)}: it has no link")
        return JSONResponse({"token": links.token(self._key, share)})

    async def list(self, request: Request) -> Response:
        """The living ones; of a member all, unless he asks for `to=me`."""
        caller = await self._caller(request)
        request.state.what = "shares"
        all_of_them = caller.member and request.query_params.get("to") != "me"
        found = await disk.long(record.everything, self.store)
        shown = [one for one in found if one.living() and (all_of_them or caller.name in one.to)]
        return JSONResponse({"shares": [_plain(one) for one in shown]})

    async def get(self, request: Request) -> Response:
        """One record."""
        caller = await self._caller(request)
        return JSONResponse(_plain(await self._seen(request, caller, parameter(request, "id"))))

    async def file(self, request: Request) -> Response:
        """Bytes of one file, in ranges too."""
        caller = await self._caller(request)
        share = await self._seen(request, caller, parameter(request, "id"))
        which = number(parameter(request, "n"), "n") or 0
        if which >= len(share.files):
            raise Missing(f"share {share.id} has no file {which}")
        return await self.body(request, share, share.files[which], SAVED)

    async def _caller(self, request: Request) -> Caller:
        caller = await self._callers.of(request)
        request.state.caller = caller.name
        return caller

    async def _seen(self, request: Request, caller: Caller, share: str) -> ShareRecord:
        """Whoever is no member does not learn whether there is such a share. Raises Missing, Forbidden."""
        found = await disk.short(self.living, record.check_id(share))
        request.state.what = f"share {share}"
        if not caller.member and (found is None or caller.name not in found.to):
            raise Forbidden(f"share {share} is not for {caller.name}, or there is none")
        if found is None:
            raise Missing(f"no share {share}: it expired, was taken back, or never was", "ferry get shares")
        return found


def _plain(share: ShareRecord) -> dict[str, Any]:
    return asdict(share)
