"""A bucket as a store: `gs://bucket/prefix`, through google-cloud-storage with its retries and checksums on."""

import base64
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import google_crc32c

from trainferry.errors import BadInput, Changed, Corrupt, Missing
from trainferry.store import gcs_client, gcs_errors, gcs_sign, names, os_errors
from trainferry.store.protocol import ObjectInfo

RANGE = 8 << 20  # bytes of one request of a large download; smaller objects are one request
AHEAD = 4  # requests of one download in flight
UPLOAD_CHUNK = 32 << 20  # what a broken connection costs a large upload
_FIELDS = "items(name,size,generation,crc32c,updated),nextPageToken"


class GcsStore:
    """See `Store`. `timeout`: seconds without an answer to one request; `patience`: seconds for all tries of it.

    Uploads up to 8 MiB are one request, so that a conditional swap happens or does not; larger ones are resumable.
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
        whole = start == 0 and length is None
        end = None if length is None else start + length - 1
        with self._asking(name) as options:
            try:
                return self._fetch(
                    self._blob(name), options, checksum="crc32c" if whole else None, start=start, end=end
                )
            except gcs_errors.FOREIGN as error:
                if getattr(error, "code", None) == 416:  # nothing there any more
                    return b""
                raise

    def read(self, name: str, chunk: int = 1 << 20) -> Iterator[bytes]:
        info = self.stat(name)
        if info is None:
            raise Missing(f"no object {self.url}/{name}")
        crc = 0
        for data in self._ranges(info):
            crc = google_crc32c.extend(crc, data)
            for start in range(0, len(data), chunk):
                yield data[start : start + chunk]
        if crc != info.crc32c:
            raise Corrupt(f"{self.url}/{name}: crc32c {crc:08x} is not the stored {info.crc32c:08x}")

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        with self._asking(name) as options:
            blob = self._blob(name)
            blob.upload_from_string(
                data, "application/octet-stream", if_generation_match=if_generation, checksum="crc32c", **options
            )
            return self._info(blob)

    def put_file(self, name: str, path: Path, if_generation: int | None = None) -> ObjectInfo:
        with os_errors.translated(path):
            file = path.open("rb")
        with file, self._asking(name) as options:
            size = os.fstat(file.fileno()).st_size
            blob = self._blob(name, chunk_size=UPLOAD_CHUNK)
            try:
                blob.upload_from_file(file, size=size, if_generation_match=if_generation, checksum="crc32c", **options)
            except ValueError as error:
                raise Changed(f"{os_errors.printable(path)} changed while it was read") from error
            return self._info(blob)

    def get_many(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        return zip(names, self._pool.map(self.get, names), strict=True)

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> "list[ObjectInfo]":
        return list(self._pool.map(lambda item: self.put(*item), items))

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        full = self._prefix + names.check_prefix(prefix)
        with self._asking(prefix) as options:
            for blob in self._client.list_blobs(self._name, prefix=full, fields=_FIELDS, **options):
                yield self._info(blob)

    def compose(self, name: str, parts: Sequence[str], if_generation: int | None = None) -> ObjectInfo:
        if not 1 <= len(parts) <= 32:
            raise BadInput(f"compose {name}: 1 to 32 parts, not {len(parts)}")
        with self._asking(name) as options:
            blob = self._blob(name)
            blob.content_type = "application/octet-stream"
            blob.compose([self._blob(part) for part in parts], if_generation_match=if_generation, **options)
            return self._info(blob)

    def copy(self, source: str, target: str) -> ObjectInfo:
        with self._asking(source) as options:
            blob, origin, token = self._blob(target), self._blob(source), None
            while True:
                token, _, _ = blob.rewrite(origin, token=token, **options)
                if token is None:
                    return self._info(blob)

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
        return ThreadPoolExecutor(8, "ferry-gcs")

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

    def _fetch(self, blob: Any, options: dict[str, Any], **what: Any) -> bytes:
        data: bytes = blob.download_as_bytes(raw_download=True, **what, **options)
        return data

    def _ranges(self, info: ObjectInfo) -> Iterator[bytes]:
        """The object in order, a few requests ahead of the reader."""
        starts = iter(range(0, info.size, RANGE))
        running: deque[Future[bytes]] = deque()
        try:
            for start in starts:
                running.append(self._pool.submit(self._range, info, start))
                if len(running) > AHEAD:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()

    def _range(self, info: ObjectInfo, start: int) -> bytes:
        """One range of just the generation that was looked up."""
        end = min(start + RANGE, info.size) - 1
        with self._asking(info.name) as options:
            try:
                data = self._fetch(
                    self._blob(info.name),
                    options,
                    checksum=None,
                    start=start,
                    end=end,
                    if_generation_match=info.generation,
                )
            except gcs_errors.FOREIGN as error:
                if gcs_errors.is_missing_object(error):
                    raise Changed(f"{self.url}/{info.name} was removed while it was read") from error
                raise
        if len(data) != end - start + 1:
            raise Corrupt(f"{self.url}/{info.name}: {len(data)} bytes at {start}, not {end - start + 1}")
        return data
