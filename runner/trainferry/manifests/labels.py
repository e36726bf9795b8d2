"""Labels and annotations: how our objects are found, and what they tell about themselves."""

import json

from trainferry.spec.runspec import RunSpec

NAME, MANAGED_BY = "app.kubernetes.io/name", "app.kubernetes.io/managed-by"
COMPONENT = "app.kubernetes.io/component"
RUN, SHORT, CLAIM = "trainferry.dev/run", "trainferry.dev/name", "trainferry.dev/claim"
STORE, SPEC = "trainferry.dev/store", "trainferry.dev/spec"
QUEUE = "kueue.x-k8s.io/queue-name"
OURS = {NAME: "trainferry", MANAGED_BY: "trainferry"}


def pod_labels(spec: RunSpec) -> dict[str, str]:
    """The user's labels, and ours, which win."""
    return {**dict(spec.labels), **OURS, RUN: spec.full_name, SHORT: spec.name}


def job_labels(spec: RunSpec) -> dict[str, str]:
    """Kueue reads its queue from the Job alone."""
    return {**pod_labels(spec), **({QUEUE: spec.queue} if spec.queue else {})}


def job_annotations(spec: RunSpec) -> dict[str, str]:
    """The whole spec travels with the Job. Argo CD must not prune a run that left the repository while it trains."""
    plain = json.dumps(spec.to_dict(), sort_keys=True, separators=(",", ":"))
    return {"argocd.argoproj.io/sync-options": "Prune=false", STORE: spec.store, SPEC: plain}
