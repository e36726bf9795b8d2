"""Which files of an output make one checkpoint: a folder below checkpoints/, or a file with the .json beside it.

Rotation (`keep`) goes by what is numbered: `step-300.pt` is one of a series, `last.pt` and `best.pt` are written again
and again under one name and always stay. Files of one folder with the same numbers (model-300.pt, optimizer-300.pt)
belong together, and so do the pieces of one set of weights (model-300-00001-of-00002.safetensors).
"""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from trainferry.runs.manifest import is_appended

SUFFIXES = (".ckpt", ".pt", ".pth", ".safetensors")
_PIECE = re.compile(r"-\d+-of-\d+")
_NUMBERED_FOLDER = re.compile(r"(checkpoint|ckpt|step|epoch|iter)[a-z]*[-_=]?\d+", re.IGNORECASE)


def is_checkpoint(path: str) -> bool:
    """A file under checkpoints/, or one named like a model's weights; not the JSON that explains one."""
    pure = PurePosixPath(path)
    return pure.suffix in SUFFIXES or ("checkpoints" in pure.parts[:-1] and pure.suffix != ".json")


def folder_of(path: str) -> str:
    """The folder that is one checkpoint and holds this file; "" for a file that stands for itself."""
    parts = PurePosixPath(path).parts
    if "checkpoints" in parts[:-1]:
        depth = parts.index("checkpoints") + 2
        return "/".join(parts[:depth]) if len(parts) > depth else ""
    numbered = [at for at, part in enumerate(parts[:-1], 1) if _NUMBERED_FOLDER.search(part)]
    return "/".join(parts[: numbered[0]]) if numbered else ""


def sidecar(path: str) -> str:
    """The JSON that explains a file, where there is one."""
    return str(PurePosixPath(path).with_suffix(".json"))


def series(paths: Collection[str]) -> dict[str, list[str]]:
    """The numbered checkpoints but best*: a name for each -> all its paths, sidecars included."""
    found: dict[str, list[str]] = {}
    explained: dict[str, str] = {}
    for path in sorted(paths):
        name = _name(path)
        if name and (folder_of(path) or (is_checkpoint(path) and not is_appended(path))):
            found.setdefault(name, []).append(path)
            explained[sidecar(path)] = name
    for path in explained.keys() & set(paths):
        if path not in found[explained[path]]:
            found[explained[path]].append(path)
    return {name: members for name, members in found.items() if any(map(is_checkpoint, members))}


def natural(name: str) -> list[tuple[int, str]]:
    """A key that puts step-9 before step-10."""
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in re.split(r"(\d+)", name)]


def _name(path: str) -> str:
    """The checkpoint's folder, or the file's folder and numbers; "" for what is not one of a series."""
    place = PurePosixPath(folder_of(path) or path)
    digits = re.findall(r"\d+", _PIECE.sub("", place.name if folder_of(path) else place.stem))
    if not digits or place.name.startswith("best"):
        return ""
    return str(place) if folder_of(path) else str(place.with_name("#" + "-".join(digits)))
