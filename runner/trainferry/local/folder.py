"""What the local engine keeps on disk: one folder a run, written by its supervisor and read by everybody else.

<home>/runs/<full name>/run.json         spec, when it was submitted, patience
                        status.json      where the run is, replaced atomically
                        supervisor.pid   pid and start time
                        family.json      pid and start time of what it started
                        supervisor.log   what supervisor and agent said
                        stop             somebody wants the run deleted
                        attempts/<n>/    control/ code/ output/ scratch/, console
<home>/data/<key>/                       datasets, shared by the runs that mount the same ones
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from trainferry.local.processes import Process
from trainferry.runs import phases
from trainferry.runs.phases import Status
from trainferry.spec.placeholders import Paths
from trainferry.spec.runspec import RunSpec


@dataclass(frozen=True)
class Patience:
    """Seconds: `grace` to end in; `backoff` before the first new start, doubled up to `longest` with every one."""

    grace: int = 120
    stall: int = 120
    backoff: float = 1.0
    longest: float = 60.0


@dataclass(frozen=True)
class Order:
    """What was submitted, `created` in seconds since the epoch."""

    spec: RunSpec
    created: float
    patience: Patience = field(default_factory=Patience)


def home(environ: Mapping[str, str]) -> Path:
    """FERRY_HOME, else `ferry` in the user's state folder (XDG_STATE_HOME, ~/.local/state)."""
    state = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".local" / "state"
    return Path(environ.get("FERRY_HOME") or Path(state) / "ferry").expanduser().absolute()


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run below `home`."""

    home: Path
    run: str

    @property
    def path(self) -> Path:
        return self.home / "runs" / self.run

    @property
    def log(self) -> Path:
        return self.path / "supervisor.log"

    @property
    def stop(self) -> Path:
        return self.path / "stop"

    def attempt(self, number: int) -> Path:
        return self.path / "attempts" / str(number)

    def paths(self, number: int, data: Path) -> Paths:
        """Where the parts of a pod are for attempt `number`."""
        at = self.attempt(number)
        parts = (str(at / part) for part in ("control", "code", "output", "scratch"))
        control, code, output, scratch = parts
        return Paths(control=control, code=code, data=str(data), output=output, scratch=scratch)

    def order(self) -> Order | None:
        """None when no such run was submitted."""
        plain = read_json(self.path / "run.json")
        if plain is None:
            return None
        return Order(RunSpec.from_dict(plain["spec"]), plain["created"], Patience(**plain["patience"]))

    def write_order(self, order: Order) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(
            self.path / "run.json",
            {"spec": order.spec.to_dict(), "created": order.created, "patience": asdict(order.patience)},
        )

    def status(self) -> Status:
        """What the supervisor wrote last, refined by what the attempt's processes say."""
        written = Status(**(read_json(self.path / "status.json") or {"phase": phases.QUEUED}))
        return self._refined(written) if written.phase == phases.FETCHING and written.pod else written

    def write_status(self, status: Status) -> None:
        write_json(self.path / "status.json", asdict(status))

    def supervisor(self) -> Process | None:
        """Who supervised last, dead or alive."""
        plain = read_json(self.path / "supervisor.pid")
        return Process(**plain) if plain else None

    def write_supervisor(self, process: Process) -> None:
        write_json(self.path / "supervisor.pid", asdict(process))

    def remember(self, role: str, process: Process) -> None:
        """One more that has to be ended should the supervisor be lost."""
        family = read_json(self.path / "family.json") or {}
        write_json(self.path / "family.json", {**family, role: [*family.get(role, []), asdict(process)]})

    def family(self, role: str) -> list[Process]:
        """The launchers ("launcher") or agents ("agent") started so far, dead or alive."""
        return [Process(**plain) for plain in (read_json(self.path / "family.json") or {}).get(role, [])]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """One submit or delete of this run at a time; given back by the kernel when its holder dies."""
        (self.home / "locks").mkdir(parents=True, exist_ok=True)
        with open(self.home / "locks" / self.run, "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _refined(self, status: Status) -> Status:
        control = Path(status.pod) / "control"
        ready = read_json(control / "ready")
        if ready is None or ready.get("error"):
            return status
        saving = self.stop.exists() or (control / "done").exists()
        phase = phases.SAVING if saving else phases.RUNNING
        return replace(status, phase=phase, attempt=ready.get("attempt") or status.attempt)


def read_json(path: Path) -> Any:
    """None when the file is not there (yet)."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def write_json(path: Path, value: Any) -> None:
    """Readers see the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, sort_keys=True))
    os.replace(temporary, path)
