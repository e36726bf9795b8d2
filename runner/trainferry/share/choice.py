"""Which files of a run a share holds: what was asked for, and what tells about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from trainferry.errors import BadInput, Missing
from trainferry.runs import reader
from trainferry.runs.manifest import StoredFile
from trainferry.share import content
from trainferry.store import Store

MOST = 1000  # files of one share: a page that a person reads
CARDS = ("README.md", "model_card.json", "model-card.json")


@dataclass(frozen=True)
class Chosen:
    """A file of the run; `about` when it comes along because it tells about a checkpoint."""

    path: str
    stored: StoredFile
    about: bool = False
    pickle: bool = False


@dataclass(frozen=True)
class Choice:
    """`left_out`: pickles below a folder or a glob, which nobody asked for by name."""

    files: tuple[Chosen, ...]
    left_out: tuple[str, ...] = field(default=())


def choose(store: Store, run: str, paths: Sequence[str], allow_pickle: bool = False) -> Choice:
    """`paths`: best, last, a path, a folder or a glob; the best checkpoint, else the last one, when empty.

    Raises Missing with what there is, and BadInput for a pickle that was not allowed.
    """
    files = reader.files(store, run)
    found: dict[str, Chosen] = {}
    left_out: list[str] = []
    for what in paths or _default(store, run):
        selected = reader.select(store, run, what)
        for path in selected:
            pickle = _is_pickle(store, path, files[path])
            if pickle and not allow_pickle:
                if path == what or len(selected) == 1:
                    raise _refused(run, path, files)
                left_out.append(path)
            else:
                found[path] = Chosen(path, files[path], pickle=pickle)
    if not found:
        raise _refused(run, left_out[0], files)
    if len(found) > MOST:
        raise BadInput(f"share {run}: {len(found):,} files, at most {MOST:,} fit", "put them into one archive")
    return Choice((*found.values(), *_companions(found, files)), tuple(dict.fromkeys(left_out)))


def _default(store: Store, run: str) -> list[str]:
    named = reader.checkpoints(store, run)
    if not named:
        raise Missing(f"{run} has no checkpoint yet; which of its files?", f"ferry share {run}:PATH")
    best = any(PurePosixPath(one.path).name.startswith("best") for one in named)
    return ["best" if best else "last"]


def _is_pickle(store: Store, path: str, stored: StoredFile) -> bool:
    head = b""
    if stored.objects and not content.is_told_by_name(path):
        head = store.get(stored.objects[0], 0, content.HEAD)
    return content.is_pickle(path, head)


def _refused(run: str, path: str, files: dict[str, StoredFile]) -> BadInput:
    others = sorted(other for other in files if other.endswith(".safetensors"))
    message = f"share {run}:{path}: it is a pickle, and loading one runs whatever code is in it"
    hint = f"ferry share {run}:{others[0]}" if others else "save it as safetensors"
    return BadInput(message, f"{hint}   or, for people who trust you, --allow-pickle")


def _companions(found: dict[str, Chosen], files: dict[str, StoredFile]) -> list[Chosen]:
    """Beside each checkpoint: its JSON and a model card."""
    beside: dict[str, Chosen] = {}
    for path in found:
        pure = PurePosixPath(path)
        names = [pure.with_suffix(".json").name, *CARDS] if reader.is_checkpoint(path) else []
        for other in (str(pure.with_name(name)) for name in names):
            if other in files and other not in found:
                beside[other] = Chosen(other, files[other], about=True)
    return list(beside.values())
