"""The JSON beside a checkpoint: how far it got, a digest of each of its files, a digest of itself. Written last."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any


class Damaged(Exception):
    """A file that is not what was written; the text is one line for people."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """about: step, epoch, accuracy ...; files: {"last.pt": {"bytes": 1023, "sha256": "4be1..."}}."""

    about: dict[str, Any]
    files: dict[str, dict[str, Any]]

    @property
    def step(self) -> int:
        """How many steps the checkpoint holds."""
        return int(self.about["step"])

    def sha256(self, name: str) -> str | None:
        """What the file called name has to have; None when this does not speak of it."""
        return self.files.get(name, {}).get("sha256")

    def of(self, old: str, new: str) -> "Manifest":
        """The same about files that begin with new instead of old: last.pt is step-300.pt from now on."""
        return Manifest(self.about, {new + name.removeprefix(old): file for name, file in self.files.items()})

    def content(self) -> bytes:
        """The bytes of the JSON; the last key is the sha256 of all before it."""
        values = self.about | {"files": self.files}
        return _text(values | {"sha256": hashlib.sha256(_text(values)).hexdigest()})


def read(path: Path) -> Manifest:
    """What is at path; Damaged when a byte of it is not as it was written, FileNotFoundError when nothing is there."""
    content = path.read_bytes()
    try:
        values = json.loads(content)
        del values["sha256"]
        manifest = Manifest(values, values.pop("files"))
        whole = manifest.content() == content and manifest.step >= 0
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{path.name} is damaged") from error
    if not whole:
        raise Damaged(f"{path.name} is damaged")
    return manifest


def _text(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()
