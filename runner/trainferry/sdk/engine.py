"""What executes a run. Two of them: a Kubernetes cluster, and processes on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from trainferry.manifests.agent_image import AgentImage
from trainferry.runs.phases import Outcome, RunRow, Status
from trainferry.spec.runspec import RunSpec


@dataclass(frozen=True)
class Plan:
    """All that is decided before anything is sent. `manifest` is what `render` prints ("" on the local engine)."""

    spec: RunSpec
    agent: AgentImage | None = None
    manifest: str = ""
    story: tuple[str, ...] = field(default=(), compare=False)


class Engine(Protocol):
    """A cluster's namespace or this machine; every method takes full run names and raises trainferry.errors."""

    def check(self, spec: RunSpec) -> None:
        """Raises what can be known to go wrong before anything is pinned, uploaded or built."""

    def submit(self, plan: Plan) -> bool:
        """False when just this run is there already."""

    def status(self, run: str) -> Status: ...

    def watch(self, run: str) -> Iterator[Status]:
        """Every change, until the run is finished."""

    def logs(self, run: str, follow: bool = False) -> Iterator[bytes]:
        """The command's own bytes, attempt after attempt; with `follow` until the run is finished."""

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        """Newest last."""

    def outcome(self, run: str) -> Outcome: ...

    def delete(self, run: str, wait: bool = False) -> None: ...
