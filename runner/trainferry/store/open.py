"""From a URL to a store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from trainferry.errors import BadInput
from trainferry.store.file import FileStore
from trainferry.store.protocol import Store

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
    raise BadInput(f"store {url}: expected {EXAMPLES}", "for example --store gs://my-bucket/ferry")


def _bucket(bucket: str, prefix: str, timeout: float, patience: float) -> Store:
    from trainferry.store.gcs import GcsStore  # the google packages cost 0.3 s: only who has a bucket pays

    return GcsStore(bucket, prefix, timeout, patience)
