"""The verbs of sharing: share, unshare, list, fetch, serve."""

import getpass
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trainferry.data.progress import Meter, Report
from trainferry.errors import BadInput
from trainferry.manifests.gateway import PEOPLE
from trainferry.sdk.links import openers
from trainferry.sdk.links.openers import Opener
from trainferry.sdk.links.serving import PORT, Listener, Serving
from trainferry.sdk.project import Project
from trainferry.share import choice, create, fetch, record, revoke
from trainferry.share.choice import Choice
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.spec import quantities, volume
from trainferry.store.file import FileStore

WEEK = 7 * 86400
DAY = "24h"
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_USER = re.compile(r"[^\s/,\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True)
class Shared:
    """`link` is what opens it, or what `ferry cp` takes when it was made out to somebody; `story` for people.

    `undo`: the command that takes it back.
    """

    record: ShareRecord
    link: str
    undo: str
    story: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What a share is to be. `expires` as people type it; `to` as they type it; `direct`: the file's own link."""

    expires: str = DAY
    name: str = ""
    to: tuple[str, ...] = ()
    allow_pickle: bool = False
    direct: bool = False


class Sharing(Project):
    """Shares of runs."""

    def share(self, run: str = "", paths: Sequence[str] = (), wish: Wish | None = None) -> Shared:
        """Copies of chosen files, server side, and the link that opens them; all or nothing.

        `paths`: best, last, paths, folders or globs of the run; its best checkpoint, else the last, without.
        """
        wish = wish or Wish()
        seconds, identities = _checked(wish)
        found = self._found(run)
        opener = openers.of(found.store, self.settings, lambda: self.engine)
        opener.check(bool(identities), wish.direct)
        chosen = choice.choose(found.store, found.run, list(paths), wish.allow_pickle)
        if wish.direct and sum(not one.about for one in chosen.files) > 1:
            raise BadInput(f"--direct: {len(chosen.files)} files have a link each", "name one, or leave --direct away")
        self._tell_left_out(chosen)
        opener.prepare()
        share = record.fresh_id()
        files = create.copies(opener.store, share, opener.placed(chosen.files))
        told = replace(_described(share, found.run, files, wish), expires=int(time.time()) + seconds, to=identities)
        undo = f"ferry unshare {share}" + (f" --store {found.store.url}" if found.store.url != self.store.url else "")
        return self._opened(opener, told, wish.direct, undo)

    def unshare(self, share: str) -> None:
        """No link of it opens any more when this returns. Raises Missing."""
        revoke.revoke(self._shares.store, share)

    def shares(self) -> list[ShareRecord]:
        """The living ones of the store, oldest first."""
        return [one for one in record.everything(self._shares.store) if one.living()]

    def shares_with_me(self, places: Sequence[str] = ()) -> list[tuple[str, ShareRecord]]:
        """What others made out to the user, with its address for `fetch_share`: of each NAMESPACE[/CLAIM] and the own.

        Raises BadInput when there is nobody to ask.
        """
        self._needs_cluster("get shares --with-me")
        own = [self.settings.namespace] if volume.is_volume(self.settings.store) else []
        if not places and not own:
            message = "--with-me: no list says who shares with you, and your own store is no volume"
            raise BadInput(message, "ferry get shares --with-me --from NAMESPACE")
        if not places:
            self.story("asked your own namespace only; no list says who else shares with you: --from NAMESPACE asks it")
        from trainferry.sdk.links import volume as remotes  # the cluster's packages: only who has a volume pays

        return list(remotes.with_me(self.settings, self.engine, [*own, *places], self.story))

    def fetch_share(self, address: str, target: str, report: Report | None = None) -> list[fetch.Fetched]:
        """`share:ID`, or `share:NAMESPACE/CLAIM/ID` of another namespace; verified, then renamed."""
        told, read = self._source(address)
        meter = Meter(report, "copying", told.size, len(told.files))

        def counted(file: SharedFile) -> Iterator[bytes]:
            for piece in read(file):
                yield piece
                meter.add(len(piece))

        return list(fetch.fetch(told, counted, target))

    def _source(self, address: str) -> tuple[ShareRecord, fetch.Read]:
        place, slash, share = address.removeprefix("share:").rpartition("/")
        record.check_id(share)
        if not slash:
            store = self._shares.store
            told = openers.read_record(store, share)
            return told, lambda file: openers.read_file(store, told, file)
        self._needs_cluster(f"cp {address}")
        from trainferry.sdk.links import volume as remotes  # the cluster's packages: only who has a volume pays

        remote = remotes.at(place, self.settings, self.engine)
        found = remote.record(share)
        return found, lambda file: remote.read(found, file)

    def serving(self) -> Serving:
        """The server of a folder store's links. Raises BadInput for other stores."""
        if not isinstance(self.store, FileStore):
            raise BadInput(f"serve: the links of {self.store.url} need no server on this machine", "ferry share RUN")
        return Serving(self.store.root)

    def listen(self, port: int = PORT) -> Listener:
        """The server in this process, found by `share`; `.run()` serves until it is ended. Raises BadInput."""
        serving = self.serving()
        if address := serving.running():
            raise BadInput(f"ferry serve runs already, at {address}", "ferry serve --stop")
        if port > 65535:
            raise BadInput(f"--port {port}: ports end at 65535", f"--port {PORT}")
        listener = serving.listen([port])
        listener.announce(os.getpid())
        return listener

    @property
    def _shares(self) -> Opener:
        return openers.of(self.store, self.settings, lambda: self.engine)

    def _opened(self, opener: Opener, told: ShareRecord, direct: bool, undo: str) -> Shared:
        try:
            opened = opener.open(told, direct)
        except BaseException:
            create.discard(opener.store, told.id)
            raise
        return Shared(opened.record, opened.link, undo, opened.story)

    def _tell_left_out(self, chosen: Choice) -> None:
        if chosen.left_out:
            names = ", ".join(chosen.left_out[:3]) + (", ..." if len(chosen.left_out) > 3 else "")
            self.story(f"left out what loading could run code from: {names} (--allow-pickle shares pickles too)")


def _checked(wish: Wish) -> tuple[int, tuple[str, ...]]:
    """Seconds and identities. Raises BadInput."""
    seconds = checked_expiry(wish.expires)
    if len(wish.name) > 100 or not wish.name.isprintable():
        raise BadInput(f"--name {quantities.shown(wish.name)}: expected at most 100 characters on one line")
    return seconds, tuple(dict.fromkeys(one for name in wish.to for one in identities(name)))


def checked_expiry(text: str) -> int:
    """Seconds. Raises BadInput."""
    seconds = quantities.duration(text, "--expires")
    if seconds > WEEK:
        raise BadInput(f"--expires {text}: a link lives 7 days at most", "--expires 7d")
    return seconds


def whoami() -> str:
    """Who shares, in words."""
    return os.environ.get("FERRY_USER") or getpass.getuser()


def identities(name: str) -> list[str]:
    """Whom the cluster knows by what is typed: a user, the people of the namespace of that name, NS/ACCOUNT."""
    space, slash, account = name.partition("/")
    if slash and _LABEL.fullmatch(space) and _LABEL.fullmatch(account):
        return [f"system:serviceaccount:{space}:{account}"]
    if slash or not _USER.fullmatch(name):
        raise BadInput(f"--to {quantities.shown(name)}: expected a user or NAMESPACE/ACCOUNT", "for example --to bob")
    return [name, *([f"system:serviceaccount:{name}:{PEOPLE}"] if _LABEL.fullmatch(name) else [])]


def _described(share: str, run: str, files: tuple[SharedFile, ...], wish: Wish) -> ShareRecord:
    """What people read about it."""
    told = ShareRecord(share, wish.name, f"{run} ({len(files)} files)", files, time.time(), 0, whoami())
    if told.main is None:
        return replace(told, name=wish.name or run)
    return replace(told, name=wish.name or Path(told.main.path).name, source=f"{run}:{told.main.path}")
