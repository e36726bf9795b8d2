"""What the agent is told, as one JSON value in its environment."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from trainferry.spec.placeholders import Paths
from trainferry.spec.runspec import RunSpec

STALL = 120  # seconds without a byte moved; longer than the sidecar's CrashLoopBackOff plus an outage of the store


@dataclass(frozen=True)
class AgentConfig:
    """`grace`: seconds between SIGTERM and SIGKILL; `publish_every`: seconds between two looks at growing files."""

    run: str
    store: str
    spec: dict[str, Any]  # RunSpec.to_dict()
    paths: dict[str, str]  # spec.placeholders.Paths
    grace: int = 120
    stall: int = STALL
    publish_every: float = 5.0

    def dumps(self) -> str:
        """The same text for the same config."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> "AgentConfig":
        return cls(**json.loads(text))


def for_run(spec: RunSpec, paths: Paths, grace: int) -> AgentConfig:
    """The one place where a run becomes its agent's config."""
    return AgentConfig(run=spec.full_name, store=spec.store, spec=spec.to_dict(), paths=asdict(paths), grace=grace)
