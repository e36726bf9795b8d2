"""The engine that is a namespace of a Kubernetes cluster."""

from collections.abc import Callable, Iterator
from functools import cached_property

from trainferry.cluster import client
from trainferry.cluster.client import Cluster
from trainferry.manifests import text
from trainferry.runs import reader
from trainferry.runs.phases import Outcome, RunRow, Status
from trainferry.sdk.engine import Plan
from trainferry.spec.settings import Settings
from trainferry.store import Store


class KubernetesEngine:
    """Jobs of one namespace; logs of pods that are gone come from the store."""

    def __init__(self, settings: Settings, store: Callable[[], Store]) -> None:
        self.settings, self.store = settings, store

    @cached_property
    def cluster(self) -> Cluster:
        return client.connect(self.settings.context, self.settings.namespace)

    def submit(self, plan: Plan) -> bool:
        return self.cluster.submit(text.load(plan.manifest)).created

    def status(self, run: str) -> Status:
        return self.cluster.status(run)

    def watch(self, run: str) -> Iterator[Status]:
        return self.cluster.watch(run)

    def logs(self, run: str, follow: bool = False) -> Iterator[bytes]:
        return self.cluster.logs(run, follow)

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        return self.cluster.runs(selector, all_namespaces)

    def outcome(self, run: str) -> Outcome:
        """The cluster's verdict; the store's reason where the cluster only knows an exit code."""
        outcome = self.cluster.outcome(run)
        told = reader.last_reason(self.store(), run)
        return outcome if outcome.succeeded or not told else Outcome(False, outcome.exit_code, told)

    def delete(self, run: str, wait: bool = False) -> None:
        self.cluster.delete(run, wait)
