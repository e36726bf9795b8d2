"""Environment tables of the two containers, and text that Kubernetes must not rewrite."""

import re
from typing import Any

from trainferry.agent.config import AgentConfig
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.security import IMAGE
from trainferry.manifests.volumes import TOKEN, TOKEN_FOLDER
from trainferry.spec import volume
from trainferry.spec.placeholders import POD, variables
from trainferry.spec.runspec import RunSpec

CACHE = f"{POD.scratch}/.cache"
# Programs find a home and a name although uid 20001 has no line in the image's /etc/passwd.
HOME = {"HOME": POD.scratch, "USER": "ferry", "LOGNAME": "ferry"}
CACHES = {
    "XDG_CACHE_HOME": CACHE,
    "TORCHINDUCTOR_CACHE_DIR": f"{CACHE}/torchinductor",
    "TRITON_CACHE_DIR": f"{CACHE}/triton",
    "MPLCONFIGDIR": f"{CACHE}/matplotlib",
    "HF_HOME": f"{CACHE}/huggingface",
    "PYTHONUNBUFFERED": "1",
}
# Without it a node's default runtime may hand all GPUs to a pod that asked for none.
NO_GPU = {"NVIDIA_VISIBLE_DEVICES": "void"}


def trainer_env(spec: RunSpec, config: AgentConfig) -> list[dict[str, Any]]:
    """Caches, then the user's own variables, then ours; no store credentials among them."""
    wrapper = {
        "FERRY_CONTROL": POD.control,
        "FERRY_GRACE": str(config.grace),
        "FERRY_STALL": str(config.stall),
        "FERRY_GPUS": str(spec.resources.gpu),
    }
    home = {} if spec.run_as == IMAGE else HOME  # the image's own user has one
    gpu = {} if spec.resources.gpu else NO_GPU
    table = {**home, **CACHES, **gpu, **dict(spec.env), **variables(spec, POD), **wrapper}
    secrets = {ref.env: {"secretKeyRef": {"name": ref.secret, "key": ref.key}} for ref in spec.secrets}
    plain = {name: value for name, value in table.items() if name not in secrets}
    return [*entries(plain), *({"name": name, "valueFrom": source} for name, source in secrets.items())]


def agent_env(agent: AgentImage, config: AgentConfig) -> list[dict[str, Any]]:
    """The attempt is known by the pod's uid: it stays when the sidecar restarts."""
    own = {"FERRY_AGENT": config.dumps(), **gateway_env(config.store), "HOME": "/tmp", "PYTHONUNBUFFERED": "1"}
    fields = {"FERRY_ATTEMPT_ID": "metadata.uid", "FERRY_NODE": "spec.nodeName"}
    downward = [{"name": k, "valueFrom": {"fieldRef": {"fieldPath": path}}} for k, path in fields.items()]
    return [*entries({**dict(agent.env), **own}), *downward]


def gateway_env(store: str) -> dict[str, str]:
    """For a volume: where its gateway is, and the file of the token to show there. Nothing for other stores."""
    if not volume.is_volume(store):
        return {}
    gateway = volume.parse(store).gateway
    return {"FERRY_GATEWAY": f"http://{gateway}:{volume.PORT}", "FERRY_GATEWAY_TOKEN": f"{TOKEN_FOLDER}/{TOKEN}"}


def literal(text: str) -> str:
    """`text` as it has to be written in command, args and env, where the kubelet turns `$(VAR)` and `$$`."""
    return re.sub(r"\$(?=[$(])", "$$", text)


def entries(table: dict[str, str]) -> list[dict[str, Any]]:
    """A table as a container's `env`, every value literally."""
    return [{"name": name, "value": literal(value)} for name, value in table.items()]
