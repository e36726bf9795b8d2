"""What goes into each image: a Dockerfile, its inputs and its arguments."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import trainferry
from trainferry.errors import BadInput

PACKAGE = Path(trainferry.__file__).parent


@dataclass(frozen=True)
class BuildContext:
    """`files`: name in the context -> file here; `base`: the reference that `ARG BASE` takes, "" when there is none."""

    repository: str
    dockerfile: str
    files: Mapping[str, Path]
    base: str = ""

    def tag(self, base_digest: str) -> str:
        """20 hex digits over Dockerfile, inputs, and what the base is today: the same inputs are the same image."""
        listing = {name: _digest(path) for name, path in sorted(self.files.items())}
        content = json.dumps([self.dockerfile, listing, self.base and base_digest])
        return hashlib.sha256(content.encode()).hexdigest()[:20]


def ferry_image(base: str) -> BuildContext:
    """The agent: this very package."""
    files = dict(_tree(PACKAGE, "runner/trainferry", without=(PACKAGE / "images",)))
    return BuildContext("ferry", "images/ferry/Dockerfile", {**files, **_recipe("ferry")}, base)


def trainer_image(base: str) -> BuildContext:
    """PyTorch with CUDA: the image of runs that name none."""
    return BuildContext("trainer", "images/trainer/Dockerfile", _recipe("trainer"), base)


def project_image(folder: Path) -> BuildContext:
    """A user's own folder with a Dockerfile. Raises BadInput."""
    if not (folder / "Dockerfile").is_file():
        raise BadInput(f"build {folder}: no Dockerfile there", "ferry build ferry|trainer|FOLDER")
    name = folder.resolve().name.lower().replace("_", "-")
    return BuildContext(name, "Dockerfile", dict(_tree(folder, "")))


def _recipe(name: str) -> dict[str, Path]:
    """The files of images/<name>, in a checkout or in an installed package."""
    for images in (PACKAGE.parents[1] / "images", PACKAGE / "images"):
        if (images / name).is_dir():
            return dict(_tree(images / name, f"images/{name}"))
    raise BadInput(f"images/{name} is missing in this installation", "pip install --force-reinstall trainferry")


def _tree(root: Path, prefix: str, without: tuple[Path, ...] = ()) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and not {"__pycache__", ".git"} & set(parts) and not any(w in path.parents for w in without):
            yield "/".join((*filter(None, [prefix]), *parts)), path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


