"""Where a run may be scheduled: by the labels and taints that this kind of cluster puts on its nodes."""

from typing import Any

from trainferry.spec import gpus
from trainferry.spec.runspec import RunSpec

# A GPU node is for GPUs: a small server would keep the autoscaler from giving it back.
GPU_NODE = ("cloud.google.com/gke-accelerator", "nvidia.com/gpu.product")
GPU_TAINT = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
# scheme -> label and taint of nodes that may be taken back; "gfd" clusters agree on none
SPOT_NODES = {"gke": {"cloud.google.com/gke-spot": "true"}, "gfd": {}}


def placement(spec: RunSpec, scheme: str) -> dict[str, Any]:
    """`nodeSelector` and `tolerations` of the pod, each only when there is something in it."""
    spot = SPOT_NODES.get(scheme, {}) if spec.spot else {}
    gpu_type = spec.resources.gpu_type if spec.resources.gpu else ""
    selector = {**(gpus.selector(gpu_type, scheme) if gpu_type else {}), **spot}
    tolerations = [GPU_TAINT] if spec.resources.gpu else []
    tolerations += [{"key": k, "operator": "Equal", "value": v, "effect": "NoSchedule"} for k, v in spot.items()]
    found = {"nodeSelector": selector, "tolerations": tolerations}
    return {name: value for name, value in found.items() if value}


def off_gpu_nodes() -> dict[str, Any]:
    """Strictly where they are tainted, as on GKE: nothing is tolerated. Where all nodes have GPUs, one serves."""
    absent = [{"key": label, "operator": "DoesNotExist"} for label in GPU_NODE]
    wish = {"weight": 100, "preference": {"matchExpressions": absent}}
    return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}}
