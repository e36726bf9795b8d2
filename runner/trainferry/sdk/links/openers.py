"""What opens a share, by the kind of its store: this machine, the bucket's own links, the claim's gateway."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trainferry.errors import BadInput, Missing
from trainferry.runs import layout
from trainferry.sdk.engine import Engine
from trainferry.share import create, demos, record
from trainferry.share.choice import Chosen
from trainferry.share.demos import Standing
from trainferry.share.key import link_key
from trainferry.share.links import token
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.spec import volume
from trainferry.spec.settings import Settings
from trainferry.store import Store
from trainferry.store.file import FileStore


@dataclass(frozen=True)
class Opened:
    """The record as it was written, what opens it, and what people should know."""

    record: ShareRecord
    link: str
    story: tuple[str, ...] = ()


class Opener(Protocol):
    """`store`: where the shares lie, under its own names."""

    @property
    def store(self) -> Store: ...

    def check(self, made_out: bool, direct: bool) -> None:
        """Raises BadInput for what this kind of store cannot do."""

    def placed(self, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
        """The files with the names that their objects have in `store`."""

    def prepare(self) -> None:
        """What can fail before anything is copied."""

    def open(self, told: ShareRecord, direct: bool) -> Opened:
        """Writes the record, which makes the share."""

    def demo(self, told: ShareRecord, before: Standing | None) -> Opened:
        """Writes the record of a demo whose page is there; `before`: the one that it replaces."""


def of(store: Store, settings: Settings, engine: Callable[[], Engine]) -> Opener:
    """The one for a run's store."""
    if isinstance(store, FileStore):
        return FolderOpener(store)
    if volume.is_volume(store.url):
        from trainferry.sdk.links.volume import VolumeOpener  # the cluster's packages: only who has a volume pays

        return VolumeOpener(store.url, settings, engine())
    from trainferry.sdk.links.bucket import BucketOpener

    return BucketOpener(store)


def kept(before: Standing | None) -> tuple[str, ...]:
    """What to say of a demo that was there before."""
    return ("the link is the one given out before",) if before else ()


def read_record(store: Store, share: str) -> ShareRecord:
    """Of a store of one's own. Raises Missing for an expired one too."""
    found = record.read(store, share)
    if not found.living():
        raise Missing(f"share {share} is expired", "ferry get shares")
    return found


def read_file(store: Store, told: ShareRecord, file: SharedFile) -> Iterator[bytes]:
    """Of a store of one's own."""
    return store.read(layout.share_file(told.id, file.number))


class FolderOpener:
    """`ferry serve` on this machine."""

    def __init__(self, store: FileStore) -> None:
        from trainferry.sdk.links.serving import Serving

        self.store, self._serving = store, Serving(store.root)
        self._started = False

    def check(self, made_out: bool, direct: bool) -> None:
        if made_out:
            raise BadInput("--to: a folder store knows no users", "leave --to away, or keep the run in volume://CLAIM")
        if direct:
            raise BadInput("--direct: only the links of a bucket can lead straight to a file", "leave --direct away")

    def placed(self, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
        return chosen

    def prepare(self) -> None:
        self._started = self._serving.ensure()[1]

    def open(self, told: ShareRecord, direct: bool) -> Opened:
        create.publish(self.store, told)
        return self._opened(told, "s")

    def demo(self, told: ShareRecord, before: Standing | None) -> Opened:
        demos.publish(self.store, told, before)
        opened = self._opened(told, "d")
        return replace(opened, story=(*kept(before), *opened.story))

    def _opened(self, told: ShareRecord, kind: str) -> Opened:
        address, started = self._serving.ensure()
        link = f"{address}/{kind}/{token(link_key(self.store.root), told)}"
        who = "ferry serve, started in the background," if started or self._started else "ferry serve"
        return Opened(told, link, (f"{who} opens it on this machine; to end that: ferry serve --stop",))
