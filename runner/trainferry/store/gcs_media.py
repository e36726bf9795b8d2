"""The bytes of a bucket's objects over plain requests of the JSON API.

google-cloud-storage spends more time on a byte than the network does. What it takes care of stays: its credentials,
its choice of what to try again, generations, and the crc32c of everything, told to the server with every upload.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import google_crc32c
from google.api_core import exceptions as api

from trainferry.errors import Changed, Corrupt
from trainferry.store.bodies import Body
from trainferry.store.protocol import ObjectInfo

UNKNOWN = -1
_BOUNDARY = "ferry-7d1c3f0a9b5e"
_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Piece:
    """Some bytes of an object, and what the answer says of the whole."""

    data: bytes
    whole: ObjectInfo


class Media:
    """One bucket through a google-cloud-storage client. Raises what the google packages raise, Changed and Corrupt."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._session = client._http
        self._base, self._bucket = client.api_endpoint.rstrip("/"), quote(bucket, safe="")
        self._url = f"gs://{bucket}"

    def download(self, name: str, span: tuple[int, int | None], generation: int | None, options: Any) -> Piece:
        """The bytes [first, last] of an object, to its end when `last` is None, none behind it; all of it is verified.

        `generation`: only of this one, else 412. Size and crc32c of the whole are UNKNOWN where the answer lacks them.
        """
        url = f"{self._base}/download/storage/v1/b/{self._bucket}/o/{quote(name, safe='')}?alt=media"
        url += f"&generation={generation}&ifGenerationMatch={generation}" if generation is not None else ""
        headers = {"Accept-Encoding": "gzip"}  # what is stored compressed comes as it is stored
        if span != (0, None):
            headers["Range"] = f"bytes={span[0]}-{'' if span[1] is None else span[1]}"

        def ask() -> Piece:
            with self._session.get(url, headers=headers, timeout=options["timeout"], stream=True) as response:
                if response.status_code == 416:
                    return Piece(b"", _told(name, response.headers))
                if response.status_code not in (200, 206):
                    raise _error(response)
                return Piece(response.raw.read(decode_content=False), _told(name, response.headers))

        piece: Piece = options["retry"](ask)()
        whole = span == (0, None) or (span[0] == 0 and piece.whole.size == len(piece.data))
        if whole and piece.whole.crc32c not in (UNKNOWN, google_crc32c.value(piece.data)):
            raise Corrupt(f"{self._url}/{name}: the bytes are not the ones that were stored (crc32c)")
        return piece

    def upload(self, name: str, body: Body, if_generation: int | None, options: Any) -> ObjectInfo:
        """One request, whatever its size; the server refuses bytes that are not those of `body.crc32c`."""
        crc = base64.b64encode(body.crc32c.to_bytes(4, "big")).decode()
        metadata = json.dumps({"name": name, "contentType": _TYPE, "crc32c": crc}).encode()
        url = f"{self._base}/upload/storage/v1/b/{self._bucket}/o?uploadType=multipart"
        url += f"&ifGenerationMatch={if_generation}" if if_generation is not None else ""
        headers = {"Content-Type": f'multipart/related; boundary="{_BOUNDARY}"'}

        def ask() -> ObjectInfo:
            sent = _Related(metadata, body)
            response = self._session.post(url, data=sent, headers=headers, timeout=options["timeout"])
            if response.status_code == 400 and body.changed():
                raise Changed(f"{body.what} changed while it was read")
            if response.status_code != 200:
                raise _error(response)
            return info(response.json())

        stored: ObjectInfo = options["retry"](ask)()
        if (stored.size, stored.crc32c) != (body.size, body.crc32c):
            raise Corrupt(f"{self._url}/{name}: the store kept crc32c {stored.crc32c:08x}, sent was {body.crc32c:08x}")
        return stored


def info(resource: dict[str, Any]) -> ObjectInfo:
    """An object as the JSON API describes it."""
    updated = datetime.fromisoformat(resource["updated"]).timestamp() if resource.get("updated") else 0.0
    crc = int.from_bytes(base64.b64decode(resource["crc32c"]), "big")
    return ObjectInfo(resource["name"], int(resource["size"]), int(resource["generation"]), crc, updated)


def _error(response: Any) -> Exception:
    error: Exception = api.from_http_response(response)  # type: ignore[no-untyped-call]
    return error


class _Related:
    """A multipart/related body of metadata and bytes, sent as it is read."""

    def __init__(self, metadata: bytes, body: Body) -> None:
        mark, json_type = b"--" + _BOUNDARY.encode(), b"Content-Type: application/json; charset=UTF-8"
        self._body = body
        self._head = b"\r\n".join([mark, json_type, b"", metadata, mark, b"Content-Type: " + _TYPE.encode(), b"", b""])
        self._tail = b"\r\n" + mark + b"--"

    def __len__(self) -> int:
        return len(self._head) + self._body.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self._body
        yield self._tail


def _told(name: str, headers: Any) -> ObjectInfo:
    """What the headers of a download say of the object."""
    hashes = dict(part.strip().split("=", 1) for part in headers.get("X-Goog-Hash", "").split(",") if "=" in part)
    size = headers.get("Content-Range", "").rpartition("/")[2] or headers.get("X-Goog-Stored-Content-Length", "")
    crc = int.from_bytes(base64.b64decode(hashes.get("crc32c", "")), "big") if "crc32c" in hashes else UNKNOWN
    return ObjectInfo(name, int(size) if size.isdigit() else UNKNOWN, int(headers.get("X-Goog-Generation", 0)), crc)
