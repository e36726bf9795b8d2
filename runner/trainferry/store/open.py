"""From a URL to a store."""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from trainferry.errors import BadInput
from trainferry.store.file import FileStore
from trainferry.store.os_errors import translated
from trainferry.store.protocol import Store

if TYPE_CHECKING:
    import urllib3

EXAMPLES = "gs://BUCKET/PREFIX or file:///FOLDER"


def open_store(url: str, timeout: float = 60.0, patience: float = 60.0) -> Store:
    """The store at `url` (gs://bucket/prefix or file:///folder); nothing is asked or created before it is used.

    timeout: seconds without an answer to one request; patience: seconds for all tries of it. BadInput for another URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return FileStore(Path(unquote(parts.path)))
    if parts.scheme == "gs" and parts.netloc:
        return _bucket(parts.netloc, parts.path.strip("/"), timeout, patience)
    if parts.scheme == "volume" and parts.netloc:
        return _claim(url, parts.path.strip("/"), timeout, patience)
    raise BadInput(f"store {url}: expected {EXAMPLES}", "for example --store gs://my-bucket/ferry")


def _bucket(bucket: str, prefix: str, timeout: float, patience: float) -> Store:
    from trainferry.store.gcs import GcsStore  # the google packages cost 0.3 s: only who has a bucket pays

    return GcsStore(bucket, prefix, timeout, patience)


def _claim(url: str, prefix: str, timeout: float, patience: float) -> Store:
    """In a pod, whose environment says where the gateway is; people come through their cluster (cluster.door)."""
    from trainferry.store.http import Door, HttpStore

    base, token = os.environ.get("FERRY_GATEWAY", ""), os.environ.get("FERRY_GATEWAY_TOKEN", "")
    if not base:
        raise BadInput(f"store {url}: a volume is reached through its cluster", f"ferry init --store {url}")
    door = Door(base.rstrip("/"), _connections(), lambda: {"X-Ferry-Token": _token(token)} if token else {})
    return HttpStore(url, door, prefix, timeout, patience)


def _token(path: str) -> str:
    """Read anew for each request: the kubelet renews it."""
    with translated(path):
        return Path(path).read_text().strip()


@cache
def _connections() -> "urllib3.PoolManager":
    import urllib3

    return urllib3.PoolManager(maxsize=32, retries=False)
