"""A bucket as a store: `gs://bucket/prefix`, through google-cloud-storage with its retries and checksums on."""

import base64
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from trainferry.errors import BadInput, Changed, Corrupt, Missing
from trainferry.store import gcs_client, gcs_errors, gcs_sign, names, os_errors
from trainferry.store.bodies import Body, Bytes, OpenFile
from trainferry.store.gcs_media import UNKNOWN, Media, Piece
from trainferry.store.gcs_upload import Upload
from trainferry.store.protocol import Moved, ObjectInfo, unheard
from trainferry.store.ranges import AHEAD, RANGE, verified
from trainferry.store.windows import windowed

THREADS = 8
_FIELDS = "items(name,size,generation,crc32c,updated),nextPageToken"


class GcsStore:
    """See `Store`. `timeout`: seconds without an answer to one request; `patience`: seconds for all tries of it.

    Uploads of bytes are one request, so that a conditional swap happens or does not; large files go in parts.
    """

    def __init__(self, bucket: str, prefix: str = "", timeout: float = 60.0, patience: float = 60.0) -> None:
        if prefix:
            names.check(prefix)
        self.url = f"gs://{bucket}/{prefix}".rstrip("/")
        self._name, self._prefix = bucket, f"{prefix}/" if prefix else ""
        self._timeout, self._patience, self._reached = timeout, patience, False
        self._lock = threading.Lock()

    def stat(self, name: str) -> ObjectInfo | None:
        with self._asking(name) as options:
            blob = self._blob(name)
            try:
                blob.reload(**options)
            except gcs_errors.FOREIGN as error:
                if gcs_errors.is_missing_object(error):
                    return None
                raise
            return self._info(blob)

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        end = None if length is None else start + length - 1
        return self._download(name, (start, end)).data

    def read(self, name: str, chunk: int = 1 << 20) -> Iterator[bytes]:
        first = self._download(name, (0, RANGE - 1))
        yield from verified(f"{self.url}/{name}", first.whole, self._all(name, first), chunk)

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        source = Bytes(f"{self.url}/{name}", data)
        return Upload(self, self._pool, names.check(name), source, if_generation).run()

    def put_body(self, name: str, body: Body, if_generation: int | None = None) -> ObjectInfo:
        """One request of any size; the crc32c is checked by the server before the object is there."""
        with self._asking(name) as options:
            stored = self._media.upload(self._prefix + names.check(name), body, if_generation, options)
            return replace(stored, name=name)

    def put_file(self, name: str, path: Path, if_generation: int | None = None, moved: Moved = unheard) -> ObjectInfo:
        with os_errors.translated(path), path.open("rb") as file:
            source = OpenFile(os_errors.printable(path), file.fileno())
            return Upload(self, self._pool, names.check(name), source, if_generation, moved).run()

    def get_many(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        return zip(names, windowed(self._pool, self.get, names, THREADS), strict=True)

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> "list[ObjectInfo]":
        return list(windowed(self._pool, lambda item: self.put(*item), items, THREADS))

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        full = self._prefix + names.check_prefix(prefix)
        with self._asking(prefix) as options:
            for blob in self._client.list_blobs(self._name, prefix=full, fields=_FIELDS, **options):
                yield self._info(blob)

    def compose(self, name: str, parts: Sequence[str], if_generation: int | None = None) -> ObjectInfo:
        if not 1 <= len(parts) <= 32:
            raise BadInput(f"compose {name}: 1 to 32 parts, not {len(parts)}")
        return self._compose(name, parts, None, if_generation)

    def compose_of(self, name: str, parts: Sequence[ObjectInfo], if_generation: int | None = None) -> ObjectInfo:
        """Like `compose`, of just these generations of the parts."""
        return self._compose(name, [part.name for part in parts], [part.generation for part in parts], if_generation)

    def copy(self, source: str, target: str) -> ObjectInfo:
        found = self.stat(source)
        if found is None:
            raise Missing(f"no object {self.url}/{source}")
        with self._asking(source) as options:
            blob, origin, token = self._blob(target), self._blob(source), None
            options["if_source_generation_match"] = found.generation
            while True:
                token, _, _ = blob.rewrite(origin, token=token, **options)
                if token is None:
                    break
        copied = self._info(blob)
        if (copied.size, copied.crc32c) != (found.size, found.crc32c):
            raise Corrupt(f"{self.url}/{target}: the copy's crc32c {copied.crc32c:08x} is not {found.crc32c:08x}")
        return copied

    def delete(self, name: str, if_generation: int | None = None) -> None:
        with self._asking(name) as options:
            try:
                self._blob(name).delete(if_generation_match=if_generation, **options)
            except gcs_errors.FOREIGN as error:
                if not gcs_errors.is_missing_object(error):
                    raise

    def sign(self, name: str, seconds: int, disposition: str = "", content_type: str = "") -> tuple[str, float]:
        """A link that answers GET with the object, and when it really expires (seconds since the epoch)."""
        with self._asking(name):
            return gcs_sign.sign(self._blob(name), seconds, disposition, content_type)

    def dress(self, name: str, content_type: str) -> None:
        """What the object says of itself when a link opens it; nobody on the way keeps a copy."""
        with self._asking(name) as options:
            gcs_sign.dress(self._blob(name), content_type, options)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, "ferry-gcs")

    @cached_property
    def _media(self) -> Media:
        return Media(self._client, self._name)

    @cached_property
    def _bucket(self) -> Any:
        return self._client.bucket(self._name)

    @property
    def _client(self) -> Any:
        with self._lock:
            return self._connected

    @cached_property
    def _connected(self) -> Any:
        return gcs_client.connect()

    def _blob(self, name: str, **options: Any) -> Any:
        return self._bucket.blob(self._prefix + names.check(name), **options)

    @contextmanager
    def _asking(self, name: str) -> Iterator[dict[str, Any]]:
        """The options of every request inside; foreign exceptions leave as ours."""
        with gcs_errors.translated(self._name, f"{self.url}/{name}".rstrip("/")):
            yield {
                "timeout": gcs_client.timeout(self._timeout, self._reached),
                "retry": gcs_client.retry(self._patience, self._reached),
            }
            self._reached = True

    def _info(self, blob: Any) -> ObjectInfo:
        crc = int.from_bytes(base64.b64decode(blob.crc32c), "big")
        updated = blob.updated.timestamp() if blob.updated else 0.0
        return ObjectInfo(blob.name.removeprefix(self._prefix), int(blob.size), int(blob.generation), crc, updated)

    def _compose(
        self, name: str, parts: Sequence[str], generations: Sequence[int] | None, if_generation: int | None
    ) -> ObjectInfo:
        with self._asking(name) as options:
            blob, sources = self._blob(name), [self._blob(part) for part in parts]
            blob.content_type = "application/octet-stream"
            conditions = {"if_generation_match": if_generation, "if_source_generation_match": generations}
            blob.compose(sources, **conditions, **options)
            return self._info(blob)

    def _download(self, name: str, span: tuple[int, int | None], generation: int | None = None) -> Piece:
        """Some bytes, all of those that were asked for and are there."""
        with self._asking(name) as options:
            piece = self._media.download(self._prefix + names.check(name), span, generation, options)
            if UNKNOWN in (piece.whole.size, piece.whole.crc32c) and (found := self.stat(name)):
                piece = replace(piece, whole=found)
        size = piece.whole.size
        wanted = max(0, (size if span[1] is None else min(size, span[1] + 1)) - span[0])
        if len(piece.data) != wanted:
            raise Corrupt(f"{self.url}/{name}: {len(piece.data)} bytes at {span[0]}, not {wanted}")
        return piece

    def _all(self, name: str, first: Piece) -> Iterator[bytes]:
        """The object in order, a few requests ahead of the reader, all of the generation that was seen first."""
        yield first.data
        size, generation = first.whole.size, first.whole.generation

        def one(start: int) -> bytes:
            try:
                return self._download(name, (start, min(start + RANGE, size) - 1), generation).data
            except Missing as error:
                raise Changed(f"{self.url}/{name} was removed while it was read") from error

        yield from windowed(self._pool, one, range(RANGE, size, RANGE), AHEAD)
