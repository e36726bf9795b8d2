"""What of code and runs nothing names any more. Finding it deletes nothing."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from trainferry.runs import layout, record
from trainferry.runs.manifest import OutputManifest
from trainferry.runs.record import Record
from trainferry.store import ObjectInfo, Store

AT_ONCE = 8  # runs
QUIET = 600.0  # seconds without a new object after which nobody publishes, where no attempt has said its last word

Skip = Callable[[str], None]


@dataclass(frozen=True)
class Garbage:
    """Objects that nothing names, as one thing for people; the first one is deleted before the others.

    kind: shards, parts, code, output, run, share, job (which has no objects).
    """

    kind: str
    name: str
    objects: tuple[ObjectInfo, ...]
    since: float = 0.0

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(info.size for info in self.objects)

    @classmethod
    def of(cls, kind: str, name: str, objects: Iterable[ObjectInfo]) -> "list[Garbage]":
        """One thing, or none when there are no objects."""
        found = tuple(objects)
        return [cls(kind, name, found, max(info.updated for info in found))] if found else []


@dataclass(frozen=True)
class Times:
    """The store's time now, and the time before which an object has to be written to be garbage. Seconds."""

    now: float
    before: float

    def old(self, infos: Iterable[ObjectInfo]) -> list[ObjectInfo]:
        """Those that are old enough."""
        return [info for info in infos if info.updated < self.before]


@dataclass(frozen=True)
class Referred:
    """What the engine knows: its runs, and which of them go on. Records of other engines are not judged."""

    engine: str
    namespace: str
    runs: frozenset[str]
    active: frozenset[str]

    def judges(self, asked: Record | None) -> bool:
        """Whether a run would be known here if it was going to be anything."""
        return asked is not None and (asked.engine, asked.namespace) == (self.engine, self.namespace)


def snapshots(store: Store, times: Times, skip: Skip) -> list[Garbage]:
    """Code that no run's record names. `skip` hears of what cannot be judged."""
    candidates = times.old(store.list("code/"))
    named = set[str]()
    for run in record.runs(store) if candidates else ():
        try:
            asked = record.read(store, run)
        except (ValueError, TypeError):
            skip(f"runs/{run}/run.json cannot be read: no code is judged")
            return []
        named.update(layout.snapshot(str(asked.spec.get("code"))) for asked in [asked] if asked)
    return [
        one
        for info in candidates
        if info.name not in named
        for one in Garbage.of("code", info.name.removeprefix("code/")[:12], [info])
    ]


def outputs(store: Store, times: Times, referred: Referred, skip: Skip) -> Iterator[Garbage]:
    """Objects below runs/ that no output.json names, and whole runs that came to nothing."""
    by_run = groupby(store.list("runs/"), key=lambda info: info.name.split("/")[1])
    work = [(run, list(infos)) for run, infos in by_run if run not in referred.active]

    def judged(one: tuple[str, list[ObjectInfo]]) -> list[Garbage]:
        try:
            return _of_run(store, *one, times, referred)
        except (ValueError, TypeError, KeyError):
            skip(f"runs/{one[0]}/ cannot be read: it is left alone")
            return []

    with ThreadPoolExecutor(AT_ONCE, "garbage") as pool:
        for found in pool.map(judged, work):
            yield from found


def _of_run(store: Store, run: str, infos: list[ObjectInfo], times: Times, referred: Referred) -> list[Garbage]:
    newest = max(info.updated for info in infos)
    if newest >= times.before:
        return []
    told, asked = _manifest(store, run, infos), record.read(store, run)
    named = _named(told)
    if not named and run not in referred.runs and referred.judges(asked) and _is_over(told):
        return Garbage.of("run", run, sorted(infos, key=lambda info: info.name != layout.record(run)))
    if not _is_over(told) and newest >= times.now - QUIET:
        return []
    loose = [info for info in infos if _is_output(run, info.name) and info.name not in named]
    return Garbage.of("output", run, times.old(loose))


def _manifest(store: Store, run: str, infos: list[ObjectInfo]) -> OutputManifest:
    name = layout.output_manifest(run)
    return OutputManifest.loads(store.get(name)) if any(i.name == name for i in infos) else OutputManifest(run)


def _named(told: OutputManifest) -> set[str]:
    logs = [attempt.log for attempt in told.attempts if attempt.log]
    return {name for file in [*told.files.values(), *logs] for name in file.objects}


def _is_over(told: OutputManifest) -> bool:
    """Whether no attempt is known that may still publish."""
    return not told.attempts or told.attempts[-1].verdict is not None


def _is_output(run: str, name: str) -> bool:
    """What an agent publishes; everything else below a run is left alone."""
    inside = name.removeprefix(layout.run(run))
    return inside.startswith("output/") or (inside.startswith("attempts/") and ".parts/" in inside)
