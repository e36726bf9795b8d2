"""The engine that is a namespace of a Kubernetes cluster."""

import time
from collections.abc import Callable, Iterator
from functools import cached_property

from trainferry.cluster import client, kinds
from trainferry.cluster.client import Cluster
from trainferry.cluster.logs import Gap
from trainferry.cluster.stamps import between
from trainferry.manifests import text
from trainferry.runs import reader
from trainferry.runs.phases import Outcome, RunRow, Status
from trainferry.sdk.engine import Plan
from trainferry.spec.runspec import RunSpec
from trainferry.spec.settings import Settings
from trainferry.store import Store

LAST_WORDS = 30.0  # seconds that a deleted pod's agent may need until the rest of its log is in the store


class KubernetesEngine:
    """Jobs of one namespace; what the cluster no longer has of their logs comes from the store."""

    def __init__(self, settings: Settings, store: Callable[[], Store]) -> None:
        self.settings, self.store = settings, store

    @cached_property
    def cluster(self) -> Cluster:
        return client.connect(self.settings.context, self.settings.namespace)

    def check(self, spec: RunSpec) -> None:
        """One question, of the kind that `submit` begins with: is the cluster there, and are we known to it?"""
        self.cluster.api.find(kinds.jobs(self.cluster.namespace, spec.name))

    def submit(self, plan: Plan) -> bool:
        return self.cluster.submit(text.load(plan.manifest)).created

    def status(self, run: str) -> Status:
        return self.cluster.status(run)

    def watch(self, run: str) -> Iterator[Status]:
        return self.cluster.watch(run)

    def logs(self, run: str, follow: bool = False) -> Iterator[bytes]:
        """First the attempts whose pods are gone, out of the store; then the pods."""
        there = self.cluster.pod_uids(run)
        for attempt in reader.manifest(self.store(), run).attempts:
            if attempt.id not in there:
                yield from reader.log(self.store(), run, attempt.number)
        yield from self.cluster.logs(run, follow, lambda gap: self._lost(run, gap))

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        return self.cluster.runs(selector, all_namespaces)

    def outcome(self, run: str) -> Outcome:
        """The cluster's verdict; the store's reason where the cluster only knows an exit code."""
        outcome = self.cluster.outcome(run)
        told = "" if outcome.succeeded else reader.last_reason(self.store(), run)
        return Outcome(False, outcome.exit_code, told) if told else outcome

    def delete(self, run: str, wait: bool = False) -> None:
        self.cluster.delete(run, wait)

    def _lost(self, run: str, gap: Gap) -> bytes:
        """What the node had rotated away, or took along when its pod was deleted."""
        end = time.monotonic() + LAST_WORDS
        while True:
            attempts = reader.manifest(self.store(), run).attempts
            attempt = next((a for a in attempts if a.id == gap.uid), None)
            stored = b"".join(reader.log(self.store(), run, attempt.number)) if attempt else b""
            told = attempt is not None and attempt.verdict is not None
            if told or (gap.after and gap.after in stored) or time.monotonic() > end:
                return between(stored, gap.given, gap.after)
            time.sleep(1)
