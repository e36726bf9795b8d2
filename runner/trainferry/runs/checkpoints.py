"""What a run has saved to go on from, or to give away: a file with the .json beside it, or a whole folder."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from trainferry.runs import groups, measured
from trainferry.runs.groups import is_checkpoint
from trainferry.runs.manifest import StoredFile
from trainferry.runs.pieces import small
from trainferry.store import Store, crc32c

EXPLAINED = 1 << 20  # bytes of a .json beside a checkpoint, at most
AT_ONCE = 8  # requests
GOOD, DAMAGED, MISSING = "crc32c", "DAMAGED", "MISSING"


@dataclass(frozen=True)
class Checkpoint:
    """`time` in seconds since the epoch; `step` and `metric` where the run says them; `paths` are its files.

    `crc32c` is None for a folder. `verified`: see `verified`; "" when nobody asked.
    """

    path: str
    size: int
    crc32c: int | None
    time: float
    step: int | None = None
    metric: str = ""
    paths: tuple[str, ...] = ()
    verified: str = ""


def listed(files: Mapping[str, StoredFile]) -> list[Checkpoint]:
    """Oldest first, as far as the manifest alone tells."""
    folders: dict[str, list[str]] = {}
    for path in sorted(files):
        folders.setdefault(groups.folder_of(path) or path, []).append(path)
    found = [_row(name, paths, files) for name, paths in folders.items() if any(map(is_checkpoint, paths))]
    return sorted(found, key=lambda row: (row.time, groups.natural(row.path)))


def explained(store: Store, files: Mapping[str, StoredFile]) -> list[Checkpoint]:
    """The same with step and metric: of the .json beside each, else of metrics.jsonl, else of the name's digits."""
    rows, told = listed(files), measured.lines(store, files)
    with ThreadPoolExecutor(AT_ONCE, "checkpoints") as pool:
        beside = pool.map(lambda row: _beside(store, files, row.path), rows)
        return [measured_row(row, own, told) for row, own in zip(rows, beside, strict=True)]


def measured_row(row: Checkpoint, own: Mapping[str, object], told: Iterable[Mapping[str, object]]) -> Checkpoint:
    """With what its own .json says, or the line of the metrics that it belongs to."""
    line = own if measured.step(own) is not None else measured.line_of(row.path, row.time, told)
    step = measured.step(line)
    return replace(
        row,
        step=measured.last_number(row.path) if step is None else step,
        metric=measured.metric(own) or measured.metric(line),
    )


def verified(store: Store, files: Mapping[str, StoredFile], rows: Iterable[Checkpoint]) -> list[Checkpoint]:
    """The same with what the store says now, without reading the files: "crc32c" when for every object of the
    checkpoint the store's own crc32c is the one that the run published, else DAMAGED or MISSING.
    """
    rows = list(rows)
    names = sorted({name for row in rows for path in row.paths for name in files[path].objects})
    with ThreadPoolExecutor(AT_ONCE, "checkpoints") as pool:
        there = dict(zip(names, pool.map(store.stat, names), strict=True))

    def state(stored: StoredFile) -> str:
        infos = [there[name] for name in stored.objects]
        sums = [(info.crc32c, info.size) for info in infos if info]
        if len(sums) < len(infos):
            return MISSING
        same = (crc32c.combined(sums), sum(size for _, size in sums)) == (stored.crc32c, stored.size)
        return GOOD if same else DAMAGED

    def worst(row: Checkpoint) -> str:
        states = {state(files[path]) for path in row.paths}
        return next(word for word in (MISSING, DAMAGED, GOOD) if word in states)

    return [replace(row, verified=worst(row)) for row in rows]


def _row(name: str, paths: list[str], files: Mapping[str, StoredFile]) -> Checkpoint:
    stored = [files[path] for path in paths]
    crc = stored[0].crc32c if paths == [name] else None
    time = max(file.mtime for file in stored)
    return Checkpoint(name, sum(file.size for file in stored), crc, time, paths=tuple(paths))


def _beside(store: Store, files: Mapping[str, StoredFile], path: str) -> Mapping[str, object]:
    stored = files.get(groups.sidecar(path)) or files.get(f"{path}.json")
    if stored is None or stored.size > EXPLAINED:
        return {}
    try:
        told = json.loads(small(store, stored, EXPLAINED))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
