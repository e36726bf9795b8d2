"""What the cluster needs to know of us, beside the run: the sidecar's image and surroundings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AgentImage:
    """The ferry image, pinned (`name@sha256:...`).

    `env` reaches the agent only, never the user's command. `service_account` is the pod's: on GKE the agent gets the
    store's credentials from the metadata server by it, so no token is mounted. `gpu_scheme`: how this cluster labels
    its GPUs (spec/gpus.py).
    """

    image: str
    env: tuple[tuple[str, str], ...] = ()
    service_account: str = ""
    gpu_scheme: str = "gke"
