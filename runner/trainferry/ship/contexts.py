"""What goes into each image: a Dockerfile, its inputs and its arguments."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trainferry.errors import BadInput
from trainferry.spec import quantities
from trainferry.store.os_errors import translated

PACKAGE = Path(__file__).parents[1]
_JUNK = {"__pycache__", ".git"}
_FROM = re.compile(r"^(\s*FROM\s+(?:--\S+\s+)*)(\S+)((?:\s+AS\s+(\S+))?\s*)$", re.I | re.M)
_ARG = re.compile(r"^\s*ARG\s+(\w+)(?:=(\S*))?\s*$", re.I | re.M)


@dataclass(frozen=True)
class BuildContext:
    """`files`: name in the context -> file here, the Dockerfile among them; `arguments`: what its ARGs take."""

    repository: str
    dockerfile: str
    files: Mapping[str, Path]
    arguments: Mapping[str, str] = field(default_factory=dict)

    def bases(self) -> tuple[str, ...]:
        """The images that the Dockerfile begins FROM, its own stages left out."""
        text, stages, found = self._text(), {"scratch"}, list[str]()
        for match in _FROM.finditer(text):
            base = self._filled(match[2], text)
            if base.lower() not in stages:
                found.append(base)
            stages.add((match[4] or "").lower())
        return tuple(dict.fromkeys(found))

    def recipe(self, pinned: Mapping[str, str]) -> str:
        """The Dockerfile with its bases by digest: what was hashed is what is built from."""
        text = self._text()

        def by_digest(match: re.Match[str]) -> str:
            base = self._filled(match[2], text)
            return f"{match[1]}{pinned[base]}{match[3]}" if base in pinned else match[0]

        return _FROM.sub(by_digest, text)

    def tag(self, bases: Mapping[str, str]) -> str:
        """20 hex digits over Dockerfile, inputs, arguments, and what the bases are today: same inputs, same image."""
        listing = {name: _digest(path) for name, path in sorted(self.files.items())}
        content = json.dumps([self.dockerfile, listing, sorted(self.arguments.items()), sorted(bases.items())])
        return hashlib.sha256(content.encode()).hexdigest()[:20]

    def _text(self) -> str:
        path = self.files[self.dockerfile]
        with translated(path):
            return path.read_text()

    def _filled(self, base: str, text: str) -> str:
        """`${BASE}` and `$BASE` as the arguments, else the ARG lines, have it. Raises BadInput without value."""
        values = {**{name: value for name, value in _ARG.findall(text) if value}, **self.arguments}
        try:
            return re.sub(r"\$\{?(\w+)\}?", lambda match: values[match[1]].strip("\"'"), base)
        except KeyError as error:
            raise BadInput(
                f"{self.dockerfile}: FROM {base}: {error.args[0]} has no value", "give its ARG a default"
            ) from error


def ferry_image(base: str) -> BuildContext:
    """The agent: this very package."""
    return _with_package("ferry", base)


def notebook_image(base: str) -> BuildContext:
    """JupyterLab, and this very package as its SDK."""
    return _with_package("notebook", base)


def trainer_image(base: str) -> BuildContext:
    """PyTorch with CUDA: the image of runs that name none."""
    return BuildContext("trainer", "images/trainer/Dockerfile", _recipe("trainer"), {"BASE": base})


def project_image(
    folder: Path, dockerfile: str = "Dockerfile", arguments: Mapping[str, str] | None = None
) -> BuildContext:
    """A user's own folder with a Dockerfile; .dockerignore counts. Raises BadInput."""
    from docker.utils.build import exclude_paths

    if not (folder / dockerfile).is_file():
        raise BadInput(f"build {folder}: no {dockerfile} there", "ferry build ferry|trainer|notebook|FOLDER")
    with translated(folder):
        ignore = folder / ".dockerignore"
        patterns = [line.strip() for line in ignore.read_text().splitlines()] if ignore.is_file() else []
        patterns = [line for line in patterns if line and not line.startswith("#")]
        names = exclude_paths(str(folder), patterns, dockerfile)
    files = {name: folder / name for name in names if (folder / name).is_file() and not _JUNK & set(Path(name).parts)}
    repository = quantities.made_name(folder.resolve().name) or "project"
    return BuildContext(repository, dockerfile, dict(sorted(files.items())), arguments or {})


def _with_package(name: str, base: str) -> BuildContext:
    files = dict(_tree(PACKAGE, "runner/trainferry", without=(PACKAGE / "images",)))
    return BuildContext(name, f"images/{name}/Dockerfile", {**files, **_recipe(name)}, {"BASE": base})


def _recipe(name: str) -> dict[str, Path]:
    """The files of images/<name>, in a checkout or in an installed package."""
    for images in (PACKAGE.parents[1] / "images", PACKAGE / "images"):
        if (images / name / "Dockerfile").is_file():
            return dict(_tree(images / name, f"images/{name}"))
    raise BadInput(f"images/{name} is missing in this installation", "pip install --force-reinstall trainferry")


def _tree(root: Path, prefix: str, without: tuple[Path, ...] = ()) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and not _JUNK & set(parts) and not any(w in path.parents for w in without):
            yield "/".join((prefix, *parts)), path


def _digest(path: Path) -> str:
    """Of the bytes and of the one bit of the mode that travels."""
    with translated(path), path.open("rb") as file:
        return f"{bool(path.stat().st_mode & 0o100):d}{hashlib.file_digest(file, 'sha256').hexdigest()}"
