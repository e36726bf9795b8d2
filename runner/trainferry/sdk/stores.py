"""From a store's URL to the store, as people reach it; pods have their own way (store/open.py)."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from trainferry.sdk.engine import Engine
from trainferry.spec import volume
from trainferry.spec.settings import Settings
from trainferry.store import Store, open_store


def opened(url: str, settings: Settings, engine: Callable[[], Engine]) -> Store:
    """Buckets and folders straight away, a claim through the cluster of `engine`; beside its gateway, in a notebook,
    straight away too."""
    if not volume.is_volume(url) or _beside(url):
        return open_store(url)
    from trainferry.sdk import volumes  # the cluster's packages: only who has a volume pays

    return volumes.opened(url, settings, engine())


def _beside(url: str) -> bool:
    """Whether we are in a pod that was told where just this claim's gateway is."""
    gateway = volume.parse(url).gateway
    return urlsplit(os.environ.get("FERRY_GATEWAY", "")).hostname == gateway
