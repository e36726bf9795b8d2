"""Whether a pod's command began: the one thing its containers' states do not tell."""

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.kinds import AGENT, TRAINER
from trainferry.errors import FerryError

READY = b"ready"  # the agent says so in its own log when everything is fetched
HEAD = 16 * 1024


def begun(api: Api, pod: str) -> bool:
    """The trainer said something, or the agent said that all is fetched. False as well when it cannot be told now."""
    return bool(_head(api, pod, TRAINER, 1)) or READY in _head(api, pod, AGENT, HEAD)


def _head(api: Api, pod: str, container: str, size: int) -> bytes:
    try:
        return api.text(f"{kinds.pods(api.namespace, pod)}/log", {"container": container, "limitBytes": size})
    except FerryError:
        return b""
