"""Taking a share back: its record first, so that it is dead at once, then the copies."""

from concurrent.futures import ThreadPoolExecutor

from trainferry.errors import Missing
from trainferry.runs import layout
from trainferry.share.record import check_id
from trainferry.store import Store


def revoke(store: Store, share: str) -> None:
    """After this no link of the share opens. Raises Missing; one that was taken back by half is finished."""
    if not remove(store, check_id(share)):
        raise Missing(f"no share {share} in {store.url}", "ferry get shares")


def remove(store: Store, share: str) -> bool:
    """Whether there was anything."""
    there = [info.name for info in store.list(f"shares/{share}/")]
    record = layout.share_record(share)
    store.delete(record)
    with ThreadPoolExecutor(8, "ferry-share") as pool:
        list(pool.map(store.delete, (name for name in there if name != record)))
    return bool(there)
