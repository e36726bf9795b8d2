"""Shares of a claim: its gateway opens them, by link or for the people they are made out to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from trainferry.errors import BadInput, FerryError
from trainferry.sdk import volumes
from trainferry.sdk.engine import Engine
from trainferry.sdk.links.openers import Opened, kept
from trainferry.share import create, demos
from trainferry.share.choice import Chosen
from trainferry.share.demos import Standing
from trainferry.share.record import ShareRecord
from trainferry.share.remote import Remote
from trainferry.spec import volume
from trainferry.spec.settings import Settings
from trainferry.store import Store
from trainferry.store.http import HttpStore

CLAIM = "store"  # of a gateway that nobody named


class VolumeOpener:
    """See `Opener`. Shares lie at the claim's top, whatever prefix the run's store has: the gateway knows no prefix."""

    def __init__(self, url: str, settings: Settings, engine: Engine) -> None:
        self._volume = volume.parse(url)
        top = f"{volume.SCHEME}{self._volume.claim}"
        door = volumes.way(url, settings, engine)
        self.store: Store = HttpStore(top, door)
        self._remote, self._settings = Remote(door, top), settings

    def check(self, made_out: bool, direct: bool) -> None:
        if direct:
            raise BadInput("--direct: only the links of a bucket can lead straight to a file", "leave --direct away")

    def placed(self, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
        prefix = f"{self._volume.prefix}/" if self._volume.prefix else ""
        return [
            replace(one, stored=replace(one.stored, objects=[prefix + name for name in one.stored.objects]))
            for one in chosen
        ]

    def prepare(self) -> None:
        """The gateway answers, or its store would not have."""

    def open(self, told: ShareRecord, direct: bool) -> Opened:
        told = replace(told, base=self._settings.gateway_url)
        create.publish(self.store, told)
        address = f"share:{self._settings.namespace}/{self._volume.claim}/{told.id}"
        if told.to:
            return Opened(told, address, (f"they take it with: ferry cp {address} .",))
        return self._link(told, "s", f"ferry cp {address} .")

    def demo(self, told: ShareRecord, before: Standing | None) -> Opened:
        told = replace(told, base=self._settings.gateway_url)
        demos.publish(self.store, told, before)
        opened = self._link(told, "d", f"ferry cp share:{self._settings.namespace}/{self._volume.claim}/{told.id} .")
        return replace(opened, story=(*kept(before), *opened.story))

    def _link(self, told: ShareRecord, kind: str, command: str) -> Opened:
        link = f"{self._remote.base}/{kind}/{self._remote.token(told.id)}"
        if self._settings.gateway_url:
            return Opened(told, link, ("whoever has this link can open it",))
        here = f"people of namespace {self._settings.namespace} take it with: {command}"
        return Opened(told, link, ("no gateway_url is set: this link asks for the cluster's own credentials", here))


def at(place: str, settings: Settings, engine: Engine) -> Remote:
    """The gateway at NAMESPACE[/CLAIM]. Raises BadInput."""
    space, claim = parsed(place, settings)
    url = f"{volume.SCHEME}{claim}"
    own = space == settings.namespace
    door = volumes.way(url, settings, engine) if own else volumes.readers(url, space, engine)
    return Remote(door, url)


def parsed(place: str, settings: Settings) -> tuple[str, str]:
    """Namespace and claim; the claim is named like the own store's when it is not said."""
    space, _, claim = place.partition("/")
    own = volume.parse(settings.store).claim if volume.is_volume(settings.store) else CLAIM
    try:
        return volume.parse(f"{volume.SCHEME}{space}").claim, volume.parse(f"{volume.SCHEME}{claim or own}").claim
    except BadInput as error:
        raise BadInput(f"{place}: expected NAMESPACE or NAMESPACE/CLAIM", "for example alice/store") from error


def with_me(
    settings: Settings, engine: Engine, places: Sequence[str], story: Callable[[str], None]
) -> Iterator[tuple[str, ShareRecord]]:
    """Address and record of what is made out to the user; of a gateway that does not say, the story says so."""
    for place in dict.fromkeys("/".join(parsed(place, settings)) for place in places):
        try:
            yield from ((f"share:{place}/{one.id}", one) for one in at(place, settings, engine).mine())
        except FerryError as error:
            if len(places) == 1:
                raise
            story(str(error))
