"""Reading what a run has published: only what its manifest names."""

import fnmatch
from collections.abc import Iterator
from pathlib import PurePosixPath

import google_crc32c

from trainferry.errors import Corrupt, Missing
from trainferry.runs import checkpoints as saved
from trainferry.runs import manifest as manifests
from trainferry.runs.checkpoints import Checkpoint
from trainferry.runs.groups import SUFFIXES, is_checkpoint
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.runs.pieces import pieces
from trainferry.store import Store

__all__ = [
    "Checkpoint",
    "checkpoints",
    "content",
    "files",
    "finished",
    "is_checkpoint",
    "log",
    "manifest",
    "pieces",
    "select",
]

BEST_FIRST = (".safetensors", *SUFFIXES)


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


def content(store: Store, run: str, path: str, stored: StoredFile) -> bytes:
    """All bytes of a file of the output. Raises Corrupt when they are not the published ones."""
    found = b"".join(pieces(store, stored))
    if (len(found), google_crc32c.value(found)) != (stored.size, stored.crc32c):
        raise Corrupt(f"{run}:{path} is not what was published", f"ferry verify {run}")
    return found


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


def checkpoints(store: Store, run: str, verified: bool = False) -> list[Checkpoint]:
    """Oldest first, with step and metric; `verified`: with what the store says of each now, too."""
    found = files(store, run)
    rows = saved.explained(store, found)
    return saved.verified(store, found, rows) if verified else rows


def select(store: Store, run: str, what: str) -> list[str]:
    """The paths that `best`, `last`, a path, a folder or a glob means. Raises Missing with what there is."""
    found = files(store, run)
    if what in found:
        return [what]
    chosen = {"best": _best, "last": _last}.get(what, lambda _: [])(saved.listed(found))
    chosen = chosen or sorted(path for path in found if path.startswith(what.rstrip("/") + "/"))
    chosen = chosen or sorted(fnmatch.filter(found, what))
    if not chosen:
        there = ", ".join(sorted(found)[:8]) or "nothing yet"
        raise Missing(f"{run} has no {what}; it has {there}", f"ferry get checkpoints {run}")
    return chosen


def _best(named: list[Checkpoint]) -> list[str]:
    best = sorted(filter(_is_best, named), key=lambda row: (_rank(PurePosixPath(row.path).suffix), row.path))
    return [path for row in best[:1] for path in row.paths]


def _last(named: list[Checkpoint]) -> list[str]:
    others = [row for row in named if not _is_best(row)]
    return [path for row in (others or named)[-1:] for path in row.paths]


def _is_best(row: Checkpoint) -> bool:
    return PurePosixPath(row.path).name.startswith("best")


def _rank(suffix: str) -> int:
    return BEST_FIRST.index(suffix) if suffix in BEST_FIRST else len(BEST_FIRST)
