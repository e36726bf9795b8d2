"""The words for where a run is, the same on every engine."""

from dataclasses import dataclass

QUEUED, SCHEDULING, PULLING, FETCHING = "Queued", "Scheduling", "Pulling", "Fetching"
RUNNING, SAVING = "Running", "Saving"
SUCCEEDED, FAILED, STOPPED = "Succeeded", "Failed", "Stopped"

FINISHED = (SUCCEEDED, FAILED, STOPPED)


@dataclass(frozen=True)
class Status:
    """Where a run is now. `reason` is one word or short phrase, `detail` one line for people."""

    phase: str
    attempt: int = 0
    reason: str = ""
    detail: str = ""
    node: str = ""
    pod: str = ""
    exit_code: int | None = None

    @property
    def finished(self) -> bool:
        return self.phase in FINISHED


@dataclass(frozen=True)
class Outcome:
    """How a finished run ended. `exit_code` is the container's; `reason` one line that names the cause."""

    succeeded: bool
    exit_code: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class RunRow:
    """One line of `ferry get runs`; `created` in seconds since the epoch."""

    run: str
    status: str
    namespace: str = ""
    gpu: int = 0
    gpu_type: str = ""
    created: float = 0.0
    attempts: int = 0
    store: str = ""
    node: str = ""
