"""TensorBoard in the cluster: a Deployment that nobody can reach but through `kubectl port-forward`."""

from typing import Any

from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.environment import entries, gateway_env
from trainferry.manifests.labels import COMPONENT, OURS, RUN, STORE
from trainferry.manifests.placement import off_gpu_nodes
from trainferry.manifests.security import own_security, pod_security
from trainferry.manifests.volumes import gateway_mounts, gateway_volumes

Object = dict[str, Any]

PORT = 6006
LOGDIR = "/ferry/events"
LOGDIR_SIZE = "2Gi"


def tensorboard(run: str, store: str, image: str, agent: AgentImage, namespace: str) -> Object:
    """TensorBoard over the event files of `run`, which a sidecar of the ferry image mirrors from `store`.

    `image`: one with the package tensorboard in it (that of images/trainer has it), pinned.
    """
    labels = {**OURS, COMPONENT: "tensorboard", RUN: run}
    account = {"serviceAccountName": agent.service_account} if agent.service_account else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": f"tb-{run}",
            "namespace": namespace,
            "labels": labels,
            "annotations": {STORE: store},
        },
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {COMPONENT: "tensorboard", RUN: run}},
            "template": {"metadata": {"labels": labels}, "spec": {**account, **_pod(run, store, image, agent)}},
        },
    }


def _pod(run: str, store: str, image: str, agent: AgentImage) -> Object:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "affinity": off_gpu_nodes(),
        "initContainers": [_mirror(run, store, agent)],
        "containers": [_server(image)],
        "volumes": [
            {"name": "events", "emptyDir": {"sizeLimit": LOGDIR_SIZE}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
            *gateway_volumes(store),
        ],
    }


def _server(image: str) -> Object:
    command = ["python3", "-m", "tensorboard.main", f"--logdir={LOGDIR}", "--host=127.0.0.1", f"--port={PORT}"]
    return {
        "name": "tensorboard",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [*command, "--reload_interval=5"],
        "env": entries({"HOME": "/tmp"}),
        "resources": _resources(memory="512Mi", disk="256Mi"),
        "readinessProbe": _answers(period=2),
        "livenessProbe": {**_answers(period=30), "initialDelaySeconds": 60},
        "securityContext": own_security(),
        "volumeMounts": [
            {"name": "events", "mountPath": LOGDIR, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def _mirror(run: str, store: str, agent: AgentImage) -> Object:
    """A native sidecar: appends to its copy, because TensorBoard never returns to a file that was replaced."""
    return {
        "name": "mirror",
        "image": agent.image,
        "imagePullPolicy": "IfNotPresent",
        "restartPolicy": "Always",
        "command": ["python3", "-m", "trainferry.agent.mirror", store, run, LOGDIR],
        "env": entries({**dict(agent.env), **gateway_env(store), "HOME": "/tmp", "PYTHONUNBUFFERED": "1"}),
        "resources": _resources(memory="256Mi", disk=LOGDIR_SIZE),
        "securityContext": own_security(),
        "volumeMounts": [
            {"name": "events", "mountPath": LOGDIR},
            {"name": "tmp", "mountPath": "/tmp"},
            *gateway_mounts(store),
        ],
    }


def _resources(memory: str, disk: str) -> Object:
    limits = {"memory": memory, "ephemeral-storage": disk}
    return {"requests": {"cpu": "100m", **limits}, "limits": limits}


def _answers(period: int) -> Object:
    """From inside the container: the kubelet cannot reach 127.0.0.1 of a pod."""
    ask = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{PORT}/', timeout=5)"
    return {"exec": {"command": ["python3", "-c", ask]}, "periodSeconds": period, "timeoutSeconds": 10}
