"""The verb that removes what nothing names: found and shown first, then found again under the lease and deleted."""

import getpass
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from trainferry.data import garbage as data_garbage
from trainferry.errors import Changed, Missing
from trainferry.runs import garbage as run_garbage
from trainferry.runs import lease, phases
from trainferry.runs.garbage import Garbage, Referred, Times
from trainferry.runs.lease import Lease
from trainferry.sdk.links import openers
from trainferry.sdk.project import Project
from trainferry.share import garbage as share_garbage
from trainferry.store import ObjectInfo, Store

DAY = 86400
AT_ONCE = 16  # deletions


@dataclass(frozen=True)
class Collected:
    """What went. `kept`: objects that were found at first and are named, or are others, by now."""

    objects: int
    size: int
    jobs: int
    kept: int


class Cleaning(Project):
    """Garbage."""

    def garbage(self, older_than: float = DAY, jobs_older_than: float = 7 * DAY) -> list[Garbage]:
        """What nothing names and was written longer ago than `older_than` seconds; finished Jobs. Deletes nothing."""
        now = time.time()
        times = Times(now, now - older_than)
        jobs = [Garbage("job", run, (), ended) for run, ended in self._ended() if ended < now - jobs_older_than]
        return [*(one for _, find in self._places() for one in find(times)), *jobs]

    def collect(self, found: Sequence[Garbage], older_than: float = DAY) -> Collected:
        """Delete what `garbage` found, as far as it still is garbage; whoever publishes at the same time loses nothing.

        Raises Changed when the lease (runs/lease.py) was lost; what is deleted by then was garbage.
        """
        jobs = sum(self._delete_job(one.name) for one in found if one.kind == "job")
        wanted = {(one.kind, one.name): set(one.objects) for one in found if one.objects}
        deleted = list[ObjectInfo]()
        for store, find in self._places() if wanted else ():
            with lease.held(store, f"gc of {getpass.getuser()} on {socket.gethostname()}", self.story) as taken:
                for one in find(Times(taken.now, taken.now - older_than)):
                    chosen = [info for info in one.objects if info in wanted.get((one.kind, one.name), ())]
                    deleted += _delete(store, one, chosen, taken)
        asked = sum(map(len, wanted.values()))
        return Collected(len(deleted), sum(info.size for info in deleted), jobs, asked - len(deleted))

    @cached_property
    def _shelf(self) -> Store:
        """Where the shares lie: at a claim's top, whatever prefix the store has."""
        return openers.of(self.store, self.settings, lambda: self.engine).store

    def _places(self) -> list[tuple[Store, Callable[[Times], Iterator[Garbage]]]]:
        """The store, and what to look for in it; the shares' own where they lie elsewhere."""
        shelf = self._shelf
        if shelf.url == self.store.url:
            return [(self.store, lambda times: chain(self._find(times), self._find_shares(times)))]
        return [(self.store, self._find), (shelf, self._find_shares)]

    def _find(self, times: Times) -> Iterator[Garbage]:
        yield from data_garbage.shards(self.store, times, self.story)
        yield from data_garbage.parts(self.store, times)
        yield from run_garbage.snapshots(self.store, times, self.story)
        yield from run_garbage.outputs(self.store, times, self._referred(), self.story)

    def _find_shares(self, times: Times) -> Iterator[Garbage]:
        return share_garbage.shares(self._shelf, times, self.story)

    def _referred(self) -> Referred:
        """Asked after the lease was taken: a run that is sent later looks at it."""
        rows = self.engine.runs()
        active = frozenset(row.run for row in rows if row.status not in phases.FINISHED)
        runs = frozenset(row.run for row in rows)
        return Referred(self.settings.engine, self.settings.namespace, runs, active)

    def _ended(self) -> list[tuple[str, float]]:
        """Finished Jobs of the cluster, and when they ended."""
        if self.settings.engine != "kubernetes":
            return []
        from trainferry.cluster import finished
        from trainferry.sdk.kubernetes import KubernetesEngine

        engine = self.engine
        return sorted(finished.finished(engine.cluster.api).items()) if isinstance(engine, KubernetesEngine) else []

    def _delete_job(self, run: str) -> bool:
        try:
            self.engine.delete(run)
        except Missing:
            return False
        return True


def _delete(store: Store, one: Garbage, chosen: list[ObjectInfo], taken: Lease) -> list[ObjectInfo]:
    """A whole run or share only when its first object, the record, is still the one that was looked at."""
    whole = one.kind in ("run", "share")
    if whole and not (len(chosen) == len(one.objects) and _gone(store, chosen[0], taken)):
        return []
    with ThreadPoolExecutor(AT_ONCE, "gc") as pool:
        went = pool.map(lambda info: _gone(store, info, taken), chosen[whole:])
        return chosen[:whole] + [info for info, gone in zip(chosen[whole:], went, strict=True) if gone]


def _gone(store: Store, info: ObjectInfo, taken: Lease) -> bool:
    taken.check()
    try:
        store.delete(info.name, if_generation=info.generation)
    except Changed:
        return False
    return True
