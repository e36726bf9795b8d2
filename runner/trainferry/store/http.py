"""A claim as a store: `volume://claim/prefix`, through the HTTP gateway in front of it."""

import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import google_crc32c

from trainferry.errors import BadInput, Changed, Corrupt, Missing
from trainferry.store import http_errors, http_many, names
from trainferry.store.door import Asking, Door, Request
from trainferry.store.http_resume import Kept
from trainferry.store.http_upload import Upload
from trainferry.store.os_errors import printable, translated
from trainferry.store.protocol import Moved, ObjectInfo, unheard
from trainferry.store.ranges import AHEAD, RANGE, verified
from trainferry.store.windows import windowed

__all__ = ["Door", "HttpStore"]
ONE_REQUEST = 8 << 20  # bytes; larger objects are uploads in pieces
_ABOUT = ("Size", "Generation", "Crc32c", "Updated")


class HttpStore:
    """See `Store`. `timeout`: seconds without an answer to one request; `patience`: seconds for all tries of it."""

    def __init__(self, url: str, door: Door, prefix: str = "", timeout: float = 60.0, patience: float = 60.0) -> None:
        if prefix:
            names.check(prefix)
        self.url, self._prefix = url.rstrip("/"), f"{prefix}/" if prefix else ""
        self.door, self._asking = door, Asking(door, timeout, patience)

    def stat(self, name: str) -> ObjectInfo | None:
        answer = self._ask(self._object("HEAD", name, expected=(404,)))
        return None if answer.status == 404 else self._headed(name, answer)

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        if start == 0 and length is None:
            return self._get(name)
        last = "" if length is None else start + length - 1
        answer = self._ask(self._object("GET", name, expected=(416,), headers={"Range": f"bytes={start}-{last}"}))
        self._headed(name, answer)
        if answer.status == 416:  # nothing there any more
            return b""
        data: bytes = answer.data
        return data if answer.status == 206 else data[start:][:length]

    def read(self, name: str, chunk: int = 1 << 20) -> Iterator[bytes]:
        wanted = {"Range": f"bytes=0-{RANGE - 1}"}
        answer = self._ask(self._object("GET", name, expected=(416,), headers=wanted))
        info = self._headed(name, answer)
        rest = windowed(self._pool, lambda start: self._range(info, start), range(RANGE, info.size, RANGE), AHEAD)
        first = [answer.data] if info.size else []
        yield from verified(f"{self.url}/{name}", info, chain(first, rest), chunk)

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        if len(data) > ONE_REQUEST:
            return self._upload(name, io.BytesIO(data), len(data), if_generation)
        headers = {"X-Ferry-Crc32c": f"{google_crc32c.value(data):08x}"}
        query = {"if_generation": if_generation}
        return self._told(self._object("PUT", name, query=query, headers=headers, body=data))

    def put_file(self, name: str, path: Path, if_generation: int | None = None, moved: Moved = unheard) -> ObjectInfo:
        whole, about = self._whole(name), f"{self.url}/{name}"
        with translated(path), path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size > ONE_REQUEST:
                upload, kept = Upload(self._asking, whole, about, printable(path), moved), Kept(about, path, status)
                return self._info(upload.resume(file, status.st_size, if_generation, kept))
            data = file.read(status.st_size)
            if len(data) != status.st_size:
                raise Changed(f"{printable(path)} changed while it was read")
            info = self.put(name, data, if_generation)
            moved(len(data))
            return info

    def get_many(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        got = http_many.get(self._asking, [self._whole(name) for name in names], self.url)
        return ((name, data) for name, (_, data) in zip(names, got, strict=True))

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> "list[ObjectInfo]":
        whole = ((self._whole(name), data) for name, data in items)
        return [self._info(told) for told in http_many.put(self._asking, self._pool, whole, self.url)]

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        whole, after = self._prefix + names.check_prefix(prefix), None
        while True:
            query = {"prefix": whole, "after": after}
            page = self._asking.told(Request("GET", "/v1/objects", query, about=self.url))
            yield from (self._info(entry) for entry in page["objects"])
            after = page["next"]
            if after is None:
                return

    def compose(self, name: str, parts: Sequence[str], if_generation: int | None = None) -> ObjectInfo:
        if not 1 <= len(parts) <= 32:
            raise BadInput(f"compose {name}: 1 to 32 parts, not {len(parts)}")
        whole = [self._whole(part) for part in parts]
        order = {"name": self._whole(name), "parts": whole, "if_generation": if_generation}
        return self._told(self._order("/v1/compose", order, f"{self.url}/{name}"))

    def copy(self, source: str, target: str) -> ObjectInfo:
        order = {"source": self._whole(source), "target": self._whole(target)}
        return self._told(self._order("/v1/copy", order, f"{self.url}/{source}"))

    def delete(self, name: str, if_generation: int | None = None) -> None:
        self._ask(self._object("DELETE", name, query={"if_generation": if_generation}))

    def _get(self, name: str) -> bytes:
        """The whole object; bytes that were damaged on the way are asked for again."""
        tries = self._asking.tries()
        while True:
            answer = self._ask(self._object("GET", name))
            data: bytes = answer.data
            info, crc = self._headed(name, answer), google_crc32c.value(data)
            if crc == info.crc32c:
                return data
            if not tries.again():
                raise Corrupt(f"{self.url}/{name}: crc32c {crc:08x} is not the stored {info.crc32c:08x}")

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(8, "ferry-http")

    def _whole(self, name: str) -> str:
        """Its name in the claim."""
        return self._prefix + names.check(name)

    def _object(self, method: str, name: str, query: dict[str, Any] | None = None, **more: Any) -> Request:
        whole = {"name": self._whole(name), **(query or {})}
        return Request(method, "/v1/object", whole, about=f"{self.url}/{name}", **more)

    def _order(self, path: str, order: dict[str, Any], about: str) -> Request:
        return Request("POST", path, body=json.dumps(order).encode(), about=about)

    def _ask(self, request: Request) -> Any:
        return self._asking.ask(request)

    def _told(self, request: Request) -> ObjectInfo:
        return self._info(self._asking.told(request))

    def _info(self, told: dict[str, Any]) -> ObjectInfo:
        crc, updated = int(told["crc32c"], 16), float(told["updated"])
        return ObjectInfo(told["name"].removeprefix(self._prefix), told["size"], told["generation"], crc, updated)

    def _headed(self, name: str, answer: Any) -> ObjectInfo:
        """The object that an answer is about."""
        try:
            size, generation, crc, updated = (answer.headers[f"X-Ferry-{key}"] for key in _ABOUT)
        except KeyError:
            raise http_errors.foreign(f"{self.url}/{name}") from None
        return ObjectInfo(name, int(size), int(generation), int(crc, 16), float(updated))

    def _range(self, info: ObjectInfo, start: int) -> bytes:
        """One range of just the generation that was looked up."""
        end = min(start + RANGE, info.size) - 1
        wanted = {"Range": f"bytes={start}-{end}"}
        try:
            data: bytes = self._ask(
                self._object("GET", info.name, {"generation": info.generation}, headers=wanted)
            ).data
        except Missing as error:
            raise Changed(f"{self.url}/{info.name} was removed while it was read") from error
        if len(data) != end - start + 1:
            raise Corrupt(f"{self.url}/{info.name}: {len(data)} bytes at {start}, not {end - start + 1}")
        return data

    def _upload(
        self, name: str, file: Any, size: int, if_generation: int | None, source: str = "the data"
    ) -> ObjectInfo:
        whole, about = self._whole(name), f"{self.url}/{name}"
        return self._info(Upload(self._asking, whole, about, source).send(file, size, if_generation))
