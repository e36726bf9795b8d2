"""What is asked for of a notebook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trainferry.errors import BadInput
from trainferry.runs import record
from trainferry.sdk import names
from trainferry.sdk.kept import Found
from trainferry.spec import quantities
from trainferry.spec.runspec import RunSpec
from trainferry.store import Store

IDLE = "1h"
SHORTEST = 30  # seconds: less, and it ends while its user reads


@dataclass(frozen=True)
class Wish:
    """`data`: as of a run, in place of the run's own. `flags`: cpu, memory, gpu, gpu_type, image ... as of a run.

    `idle`: a time, after which it ends itself. `fresh`: without what an earlier notebook of this name has left.
    """

    data: tuple[str, ...] = ()
    idle: str = IDLE
    fresh: bool = False
    flags: Mapping[str, Any] = field(default_factory=dict)

    def seconds(self) -> int:
        """Of `idle`. Raises BadInput."""
        seconds = quantities.duration(self.idle, "--idle")
        if seconds < SHORTEST:
            raise BadInput(f"--idle {self.idle}: expected half a minute or more, for example --idle {IDLE}")
        return seconds


@dataclass(frozen=True)
class Subject:
    """What a notebook is about: a run with its spec, or, with run "", nothing but the project in `folder`."""

    store: Store
    run: str = ""
    spec: RunSpec | None = None
    folder: str = ""

    @property
    def name(self) -> str:
        """Of its notebooks, in short."""
        about = names.short(self.run) if self.run else quantities.made_name(self.folder) or "project"
        return f"{names.NOTEBOOK}{about}"[:40].rstrip("-")

    @property
    def code(self) -> str:
        """The run's snapshot."""
        return self.spec.code if self.spec else ""

    @property
    def image(self) -> str:
        """The run's own."""
        return self.spec.image if self.spec else ""

    @property
    def data(self) -> tuple[str, ...]:
        """The run's own, by version, as `--data` has it."""
        mounts = self.spec.data if self.spec else ()
        return tuple(f"{mount.name}={mount.dataset}@{mount.version}" for mount in mounts)


def subject(found: Found) -> Subject:
    """Of a run; of a notebook's own run that is meant by the notebook's name."""
    kept = record.read(found.store, found.run)
    if kept and found.run.startswith(names.NOTEBOOK):
        opened = kept.lineage.get("opens", "")
        kept = record.read(found.store, opened) if opened else None
        return Subject(found.store, opened, _spec(kept), names.short(found.run).removeprefix(names.NOTEBOOK))
    return Subject(found.store, found.run, _spec(kept))


def _spec(kept: record.Record | None) -> RunSpec | None:
    return RunSpec.from_dict(kept.spec) if kept else None
