"""A run as a `batch/v1` Job: pure, so that what `render` prints is what `run` sends."""

from typing import Any

from trainferry.agent import launcher
from trainferry.agent.config import for_run
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.environment import agent_env, literal, trainer_env
from trainferry.manifests.labels import job_annotations, job_labels, pod_labels
from trainferry.manifests.placement import placement
from trainferry.manifests.policy import TRAINER, failure_policy
from trainferry.manifests.security import own_security, pod_security, user_security
from trainferry.manifests.volumes import AGENT_TMP_SIZE, agent_mounts, trainer_mounts, volumes
from trainferry.spec.placeholders import POD, fill
from trainferry.spec.runspec import Resources, RunSpec

Object = dict[str, Any]

GRACE, SPOT_GRACE = 120, 15  # seconds; a preempted Spot node leaves its pods no more than 15
AGENT_MEMORY = "256Mi"


def job(spec: RunSpec, agent: AgentImage, namespace: str) -> Object:
    """The one object of a run. `spec` is pinned: image, code and data versions are digests."""
    deadline = {"activeDeadlineSeconds": spec.deadline} if spec.deadline else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": spec.full_name,
            "namespace": namespace,
            "labels": job_labels(spec),
            "annotations": job_annotations(spec),
        },
        "spec": {**failure_policy(spec), **deadline, "template": _template(spec, agent)},
    }


def grace(spec: RunSpec) -> int:
    """Seconds between SIGTERM and SIGKILL, for the command's last checkpoint and the last upload together."""
    return SPOT_GRACE if spec.spot else GRACE


def _template(spec: RunSpec, agent: AgentImage) -> Object:
    account = {"serviceAccountName": agent.service_account} if agent.service_account else {}
    priority = {"priorityClassName": spec.priority} if spec.priority else {}
    return {
        "metadata": {"labels": pod_labels(spec)},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": grace(spec),
            **account,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": pod_security(spec.run_as),
            **priority,
            **placement(spec, agent.gpu_scheme),
            "initContainers": [_agent(spec, agent)],
            "containers": [_trainer(spec)],
            "volumes": volumes(spec),
        },
    }


def _agent(spec: RunSpec, agent: AgentImage) -> Object:
    """A native sidecar. No startup probe: the launcher waits by itself, so the trainer image is pulled meanwhile."""
    return {
        "name": "agent",
        "image": agent.image,
        "imagePullPolicy": "IfNotPresent",
        "restartPolicy": "Always",
        "command": ["python3", "-m", "trainferry.agent"],
        "env": agent_env(agent, for_run(spec, POD, grace(spec))),
        "resources": {
            "requests": {"cpu": "100m", "memory": AGENT_MEMORY, "ephemeral-storage": AGENT_TMP_SIZE},
            "limits": {"memory": AGENT_MEMORY, "ephemeral-storage": AGENT_TMP_SIZE},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": own_security(spec.run_as),
        "volumeMounts": agent_mounts(spec.store),
    }


def _trainer(spec: RunSpec) -> Object:
    """The user's image: `sh` stays PID 1, starts the wrapper, which starts the command."""
    return {
        "name": TRAINER,
        "image": spec.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", literal(launcher(spec.bare)), "ferry"],
        "args": [literal(word) for word in fill(spec.command, POD, spec.data, spec.class_weights)],
        "workingDir": POD.code,
        "env": trainer_env(spec, for_run(spec, POD, grace(spec))),
        "resources": _resources(spec.resources),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": user_security(spec.run_as),
        "volumeMounts": trainer_mounts(),
    }


def _resources(asked: Resources) -> Object:
    """No CPU limit: it would only slow the loader down while the node has cores to spare."""
    gpu = {"nvidia.com/gpu": str(asked.gpu)} if asked.gpu else {}
    limits = {"memory": asked.memory, "ephemeral-storage": asked.ephemeral_storage, **gpu}
    return {"requests": {"cpu": asked.cpu, **limits}, "limits": limits}
