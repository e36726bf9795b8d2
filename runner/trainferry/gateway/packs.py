"""Many small objects in one request, in and out."""

import tarfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trainferry.errors import BadInput, FerryError
from trainferry.gateway import disk
from trainferry.gateway.answers import control, described, kind, ours, shown
from trainferry.gateway.bodies import Body, pieces
from trainferry.gateway.late import Late
from trainferry.store import packed
from trainferry.store.drafts import Draft
from trainferry.store.file import FileStore
from trainferry.store.os_errors import translated
from trainferry.store.protocol import ObjectInfo

PIECE = 64 << 10


class Packs:
    """See `store.packed` for what is on the wire."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        return [
            Route("/v1/pack", self.pack, methods=["POST"]),
            Route("/v1/unpack", self.unpack, methods=["POST"]),
        ]

    async def pack(self, request: Request) -> Response:
        order = await control(request)
        names = order.get("names")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise BadInput("names: a list of names is missing")
        return Pack(_packed(self._store, names))

    async def unpack(self, request: Request) -> Response:
        """The tar goes to the disk first: nothing of it is in memory but one object."""
        draft = await disk.short(self._store.draft)
        try:
            with translated(self._store.root):
                async for piece in pieces(request, packed.LARGEST):
                    await disk.short(draft.write, piece)
        except BaseException:
            await disk.short(self._store.drop, draft)
            raise
        return Late(request, self._told(draft))

    async def _told(self, draft: Draft) -> dict[str, Any]:
        try:
            infos = await disk.long(self._unpacked, draft.file)
        finally:
            await disk.short(self._store.drop, draft)
        return {"objects": [described(info) for info in infos]}

    def _unpacked(self, file: BinaryIO) -> list[ObjectInfo]:
        file.seek(0)
        try:
            return self._store.put_many((info.name, data) for info, data in packed.members(file))
        except tarfile.TarError as error:
            raise BadInput(f"the body is not a tar of objects: {error}") from None


class Pack(Body):
    """A tar that is made while it is sent."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(200, {"content-type": "application/x-tar", "cache-control": "no-store", "x-ferry-size": "0"})
        self._blocks = blocks

    async def piece(self, size: int) -> bytes:
        return await disk.long(self._some, size)

    def _some(self, size: int) -> bytes:
        held = bytearray()
        for block in self._blocks:
            held += block
            if len(held) >= size:
                break
        return bytes(held)


def _packed(store: FileStore, names: Sequence[str]) -> Iterator[bytes]:
    """The objects one after the other; an error is the last of them."""
    try:
        for name in names:
            yield from _one(store, name)
    except (FerryError, OSError) as error:
        yield packed.error(kind(ours(error)), *shown(store, ours(error)))
    yield packed.END


def _one(store: FileStore, name: str) -> Iterator[bytes]:
    info, file = store.open(name)
    with file:
        yield packed.head(name, info.size, info.crc32c, info.generation)
        left = info.size
        while left and (piece := file.read(min(left, PIECE))):
            left -= len(piece)
            yield piece
        if left:
            raise RuntimeError(f"{name} became shorter while it was read")  # the answer is cut: nobody believes it
        yield packed.tail(info.size)
