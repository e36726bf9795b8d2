"""Reading what a run has published: only what its manifest names."""

import fnmatch
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from trainferry.errors import Missing
from trainferry.runs import manifest as manifests
from trainferry.runs.groups import SUFFIXES, is_checkpoint
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.store import Store

__all__ = ["Checkpoint", "checkpoints", "files", "finished", "is_checkpoint", "log", "manifest", "pieces", "select"]

BEST_FIRST = (".safetensors", *SUFFIXES)


@dataclass(frozen=True)
class Checkpoint:
    """`time` in seconds since the epoch; `step` and `metric` where the run says them."""

    path: str
    size: int
    crc32c: int
    time: float
    step: int | None = None
    metric: str = ""


def manifest(store: Store, run: str) -> OutputManifest:
    """What the run has published so far; an empty manifest before its first attempt."""
    return manifests.load(store, run)[0]


def finished(store: Store, run: str) -> bool:
    """Whether the newest attempt has said its last word and will not be followed by another."""
    found = manifest(store, run)
    return found.complete


def files(store: Store, run: str) -> dict[str, StoredFile]:
    """Path below {output} -> where its bytes are."""
    return manifest(store, run).files


def pieces(store: Store, stored: StoredFile, start: int = 0) -> Iterator[bytes]:
    """The file's bytes from `start` on."""
    for name in stored.objects:
        size = _size(store, name) if start else 0
        if start and start >= size:
            start -= size
        elif start:
            yield store.get(name, start)
            start = 0
        else:
            yield from store.read(name)


def log(store: Store, run: str, attempt: int | None = None) -> Iterator[bytes]:
    """The command's own bytes, of one attempt or of all in order. Raises Missing for an attempt that never was."""
    found = manifest(store, run)
    attempts = [a for a in found.attempts if attempt in (None, a.number)]
    if attempt is not None and not attempts:
        raise Missing(f"{run} has no attempt {attempt}, the newest is {found.attempt}", f"ferry describe {run}")
    for one in attempts:
        if one.log is not None:
            yield from pieces(store, one.log)


def last_reason(store: Store, run: str) -> str:
    """Why the newest attempt ended, in one line; "" when nobody wrote it down."""
    attempts = manifest(store, run).attempts
    verdict = attempts[-1].verdict if attempts else None
    return verdict.reason if verdict else ""


def checkpoints(store: Store, run: str) -> list[Checkpoint]:
    """Oldest first. Step and metric come from `<name>.json` beside the checkpoint, else from digits in its name."""
    found = files(store, run)
    named = [_checkpoint(store, found, path) for path in found if is_checkpoint(path)]
    return sorted(named, key=lambda c: (c.time, c.path))


def select(store: Store, run: str, what: str) -> list[str]:
    """The paths that `best`, `last`, a path, a folder or a glob means. Raises Missing with what there is."""
    found = files(store, run)
    if what in found:
        return [what]
    chosen = {"best": _best, "last": _last}.get(what, lambda _: [])(checkpoints(store, run))
    chosen = chosen or sorted(path for path in found if path.startswith(what.rstrip("/") + "/"))
    chosen = chosen or sorted(fnmatch.filter(found, what))
    if not chosen:
        there = ", ".join(sorted(found)[:8]) or "nothing yet"
        raise Missing(f"{run} has no {what}; it has {there}", f"ferry get checkpoints {run}")
    return chosen


def _best(named: list[Checkpoint]) -> list[str]:
    best = [c.path for c in named if PurePosixPath(c.path).name.startswith("best")]
    return sorted(best, key=lambda path: _rank(PurePosixPath(path).suffix))[:1]


def _rank(suffix: str) -> int:
    return BEST_FIRST.index(suffix) if suffix in BEST_FIRST else len(BEST_FIRST)


def _last(named: list[Checkpoint]) -> list[str]:
    others = [c for c in named if not PurePosixPath(c.path).name.startswith("best")]
    return [c.path for c in (others or named)[-1:]]


def _checkpoint(store: Store, found: dict[str, StoredFile], path: str) -> Checkpoint:
    stored = found[path]
    told = _told(store, found.get(str(PurePosixPath(path).with_suffix(".json"))))
    digits = re.findall(r"\d+", PurePosixPath(path).stem)
    step = told.get("step")
    step = step if isinstance(step, int) else int(digits[-1]) if digits else None
    metric = next((f"{key} {told[key]:.4g}" for key in ("accuracy", "loss") if isinstance(told.get(key), float)), "")
    return Checkpoint(path, stored.size, stored.crc32c, stored.mtime, step, metric)


def _told(store: Store, stored: StoredFile | None) -> dict[str, object]:
    if stored is None or stored.size > 1 << 20:
        return {}
    try:
        told = json.loads(b"".join(pieces(store, stored)))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _size(store: Store, name: str) -> int:
    info = store.stat(name)
    if info is None:
        raise Missing(f"{name} is named by a manifest and not in {store.url}")
    return info.size
