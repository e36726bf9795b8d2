"""A run's settings as one frozen value: from a file, the environment and flags, the later counting more."""

import dataclasses
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from trainer import flags
from trainer.errors import BadFlags
from trainer.files import write_whole
from trainer.model import architecture

ASIDE = ("data", "output", "save_every", "keep", "device", "threads", "class_weights_mode")


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides how a run goes; saved beside its results."""

    data: str
    output: Path
    model: str = "medium"
    epochs: int = 8
    batch_size: int = 256
    lr: float = 0.2
    seed: int = 0
    size: int = 0
    val_fraction: float = 0.1
    save_every: int = 100
    keep: int = 2
    class_weight: tuple[tuple[str, float], ...] = ()
    class_weights_mode: str = "adaptive"
    flip: bool = True
    device: str = "auto"
    threads: int = 0
    max_steps: int = 0

    @property
    def course(self) -> dict[str, str | float]:
        """What decides how good it gets, for a table of several runs: neither places nor the machine."""
        values = {name: value for name, value in dataclasses.asdict(self).items() if name not in ASIDE}
        weights = ", ".join(f"{name} {weight:g}" for name, weight in self.class_weight)
        told = f"{weights} {self.class_weights_mode}" if weights else "none"
        return values | {"class_weight": told, "flip": "yes" if self.flip else "no"}

    def save(self) -> None:
        """Write config.json into the output folder; --config reads it."""
        values = dataclasses.asdict(self) | {"output": str(self.output), "class_weight": dict(self.class_weight)}
        write_whole(self.output / "config.json", (json.dumps(values, indent=2) + "\n").encode())


def from_flags(argv: list[str] | None = None) -> Config:
    """The command line as a Config; BadFlags names the flag and the value that cannot be."""
    parser = flags.parser()
    words = sys.argv[1:] if argv is None else argv
    said = parser.parse_args([*flags.environment(), *words])
    if said.config is not None:
        said = parser.parse_args([*_from_file(said.config, parser), *flags.environment(), *words])
    weights = dict(said.class_weight)  # said twice, the last one counts
    values = vars(said) | {"class_weight": tuple(weights.items()), "lr": said.lr or architecture(said.model).lr}
    return Config(**{field.name: values[field.name] for field in dataclasses.fields(Config)})


def _from_file(path: Path, parser: flags.Parser) -> list[str]:
    """What the file says, as flags; BadFlags names the file and what is wrong in it."""
    try:
        text = path.read_text()
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        words = [word for name, value in content.items() for word in _words(name.replace("_", "-"), value)]
        parser.parse_args(words)
    except (OSError, ValueError, AttributeError, BadFlags) as error:
        raise BadFlags(f"--config {path}: {getattr(error, 'strerror', None) or error}") from error
    return words


def _words(name: str, value: Any) -> list[str]:
    """A line of the file as flags."""
    if name in ("config", "help"):
        raise BadFlags(f"{name} is nothing for a file")
    if isinstance(value, bool):
        return [f"--{'' if value else 'no-'}{name}"]
    if isinstance(value, dict):
        return [f"--{name}={key}={number}" for key, number in value.items()]
    return [f"--{name}={value}"]
