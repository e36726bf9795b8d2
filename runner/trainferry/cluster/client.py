"""`connect(context, namespace) -> Cluster`: everything ferry asks of a Kubernetes cluster."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from trainferry.cluster import apply, delete, kinds, listing, logs, status, submit, verdict, watch, words
from trainferry.cluster.api import Api, Limits
from trainferry.cluster.logs import Gap
from trainferry.cluster.refused_pods import Refusals
from trainferry.cluster.submit import Submitted
from trainferry.errors import Missing
from trainferry.runs.phases import Outcome, RunRow, Status

Object = dict[str, Any]


def connect(context: str = "", namespace: str = "", limits: Limits | None = None) -> "Cluster":
    """The cluster of a kubeconfig's context; its namespace when none is given. Nothing is sent yet.

    Without a context: the pod's own service account inside a cluster, else the kubeconfig's current context.
    """
    # imported here: they load YAML, TLS and for some contexts the kubernetes package
    from trainferry.cluster import kubeconfig
    from trainferry.cluster.wire import Wire

    limits = limits or Limits()
    access = kubeconfig.load(context)
    return Cluster(Api(Wire(access, limits.connect), access.context, namespace or access.namespace, limits))


def unfilled(gap: Gap) -> bytes:
    """For readers without a store: nothing is passed over in silence."""
    return b"[ferry] lines are missing here: the node no longer has them\n" if gap.after else b""


@dataclass(frozen=True)
class Cluster:
    """One namespace of a cluster. Runs are named in full; objects are plain JSON values. Raises trainferry.errors."""

    api: Api

    @property
    def context(self) -> str:
        return self.api.context

    @property
    def namespace(self) -> str:
        return self.api.namespace

    def submit(self, objects: list[Object]) -> Submitted:
        """Create a run's objects unless just they are there. Raises Changed when a name is taken."""
        return submit.submit(self.api, objects)

    def apply(self, objects: list[Object]) -> list[Submitted]:
        """Send objects of ferry's kinds, one after the other."""
        return apply.apply(self.api, objects)

    def server_dry_run(self, objects: list[Object]) -> list[str]:
        """The server's warnings; raises what sending them would raise, and creates nothing."""
        return apply.server_dry_run(self.api, objects)

    def status(self, run: str) -> Status:
        """Where the run is now. Raises Missing when it has no Job."""
        job, pods = self._objects(run)
        return Refusals(self.api, run).explain(words.refined(self.api, status.status_of(job, pods)))

    def watch(self, run: str) -> Iterator[Status]:
        """The status, and every change until the run is finished."""
        return watch.watch(self.api, run)

    def logs(self, run: str, follow: bool = False, fill: Callable[[Gap], bytes] = unfilled) -> Iterator[bytes]:
        """The command's output, attempt after attempt; `fill` gives what the cluster lost (stamps.between helps)."""
        for part in logs.logs(self.api, run, follow):
            yield fill(part) if isinstance(part, Gap) else part

    def pod_uids(self, run: str) -> set[str]:
        """Of the run's pods that are still there. Raises Missing when it has no Job."""
        return {pod["metadata"]["uid"] for pod in self._objects(run)[1]}

    def outcome(self, run: str) -> Outcome:
        """How the run ended. Raises Missing when it has no Job."""
        return verdict.outcome(*self._objects(run))

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        """Oldest first."""
        return listing.runs(self.api, selector, all_namespaces)

    def names(self) -> list[str]:
        """Full names of the namespace's runs, newest first."""
        return listing.names(self.api)

    def delete(self, run: str, wait: bool = False) -> None:
        """The Job and its pods; with `wait` until the last pod is gone. Raises Missing when there is no Job."""
        delete.delete(self.api, run, wait)

    def _objects(self, run: str) -> tuple[Object, list[Object]]:
        job = self.api.find(kinds.jobs(self.namespace, run))
        if job is None:
            raise Missing(f'no run "{run}" in namespace {self.namespace}', "ferry get runs")
        query = {"labelSelector": f"{kinds.JOB_NAME}={run}"}
        return job, self.api.items(kinds.pods(self.namespace), query)
