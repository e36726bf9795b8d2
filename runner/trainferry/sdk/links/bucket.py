"""Shares of a bucket: a page of signed links, itself opened by one. Whoever has the link can open it."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol, cast

from trainferry.errors import BadInput
from trainferry.gateway import cards, pages
from trainferry.runs import layout
from trainferry.sdk.links.openers import Opened
from trainferry.share import content, create, demos
from trainferry.share.choice import Chosen
from trainferry.share.demos import Standing
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store import Store

HTML = "text/html; charset=utf-8"
AT_ONCE = 8


class Bucket(Store, Protocol):
    """What only a bucket can."""

    def sign(self, name: str, seconds: int, disposition: str = "", content_type: str = "") -> tuple[str, float]: ...

    def dress(self, name: str, content_type: str) -> None: ...


class BucketOpener:
    """See `Opener`."""

    def __init__(self, store: Store) -> None:
        self.store = cast(Bucket, store)

    def check(self, made_out: bool, direct: bool) -> None:
        if made_out:
            message = "--to: the links of a bucket are bearer links, whoever has one can open it"
            raise BadInput(message, "leave --to away, or keep the run in volume://CLAIM")

    def placed(self, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
        return chosen

    def prepare(self) -> None:
        """A link that cannot be signed is told before anything is copied."""
        self.store.sign(layout.share_file("trial", 0), 60)

    def open(self, told: ShareRecord, direct: bool) -> Opened:
        with ThreadPoolExecutor(AT_ONCE, "ferry-sign") as pool:
            signed = list(pool.map(lambda file: self._signed(told, file), told.files))
        asked, told = told.expires, replace(told, expires=int(min([told.expires, *(until for _, until in signed)])))
        links = {file.number: link for file, (link, _) in zip(told.files, signed, strict=True)}
        link = links[told.main.number] if direct and told.main else self._page(told, links)
        create.publish(self.store, told)
        return Opened(told, link, _story(told.expires < asked))

    def demo(self, told: ShareRecord, before: Standing | None) -> Opened:
        """The page lies under the one name that every link given out so far leads to."""
        name, asked = layout.share_page(told.id), told.expires
        page = self.store.get(layout.share_file(told.id, told.files[0].number))
        link, until = self.store.sign(name, _left(told), "", HTML)
        told = replace(told, expires=int(min(told.expires, until)))
        demos.publish(self.store, told, before)
        self._dressed(name, page)
        return Opened(told, link, _story(told.expires < asked, before))

    def _dressed(self, name: str, page: bytes) -> None:
        self.store.put(name, page)
        self.store.dress(name, HTML)

    def _signed(self, told: ShareRecord, file: SharedFile) -> tuple[str, float]:
        name = layout.share_file(told.id, file.number)
        self.store.dress(name, file.content_type)
        return self.store.sign(name, _left(told), content.attachment(pages.saved_as(file)), file.content_type)

    def _page(self, told: ShareRecord, links: dict[int, str]) -> str:
        """The link of the page; it lives no longer than those on it."""
        command = pages.curl(links[told.main.number], told) if told.main else ""
        shown = cards.cards(self.store, told)
        page = pages.share_page(told, lambda file: links[file.number], command, shown, None)
        name = layout.share_page(told.id)
        self._dressed(name, page.encode())
        return self.store.sign(name, _left(told), "", HTML)[0]


def _story(short: bool, before: Standing | None = None) -> tuple[str, ...]:
    until = time.strftime("%a %d %b %H:%M", time.localtime(before.record.expires)) if before else ""
    told = [
        "signed without a key file, so it lives 12 h at most" if short else "",
        f"the link given out before opens this page too, until {until}" if before else "",
        "whoever has this link can open it",
    ]
    return tuple(filter(None, told))


def _left(told: ShareRecord) -> int:
    return max(1, told.expires - int(time.time()))
