"""JupyterLab beside a run's data and results: a Job of one pod that is reached through a forwarded port alone.

It is a run whose command is JupyterLab: what lies in its project folder is kept in the store while it grows, and an
interruption costs nothing that was saved. Beside that it has the run's results, and a service account of its own, so
that the SDK in it sends runs. Its token is made in the pod, in memory: no object of the cluster holds it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from trainferry.agent.desk import DATA, PRIVATE, PROJECT, RESULTS
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.environment import entries, gateway_env
from trainferry.manifests.job import AGENT_MEMORY, job
from trainferry.manifests.labels import COMPONENT
from trainferry.manifests.notebook_account import ACCOUNT, NOTEBOOK
from trainferry.manifests.placement import off_gpu_nodes
from trainferry.manifests.security import own_security
from trainferry.manifests.volumes import gateway_mounts
from trainferry.spec.placeholders import POD
from trainferry.spec.runspec import RunSpec

Object = dict[str, Any]

API = "/var/run/secrets/kubernetes.io/serviceaccount"  # where every client looks
TOKEN_SECONDS = 3600  # the kubelet renews it in time
KEPT = 24 * 3600  # seconds that a notebook which has ended is still listed; what it held stays in the store


@dataclass(frozen=True)
class Notebook:
    """`spec`: a run, pinned, whose command is trainferry.agent.desk. `opens`: the run whose results lie beside it.

    `goes_on`: an earlier notebook whose project folder this one begins with. `sdk`: the variables that tell the SDK
    in it where it is.
    """

    spec: RunSpec
    opens: str = ""
    goes_on: str = ""
    sdk: tuple[tuple[str, str], ...] = ()


def notebook(wanted: Notebook, agent: AgentImage, namespace: str) -> Object:
    """The one object of a notebook."""
    spec = wanted.spec
    made = job(spec, replace(agent, service_account=ACCOUNT), namespace)
    template = made["spec"]["template"]
    for metadata in (made["metadata"], template["metadata"]):
        metadata["labels"] = {**metadata["labels"], COMPONENT: NOTEBOOK}
    pod = template["spec"]
    made["spec"] = {"ttlSecondsAfterFinished": KEPT, **made["spec"], "template": {**template, "spec": {
        **pod,
        **({} if spec.resources.gpu else {"affinity": off_gpu_nodes()}),
        "initContainers": [*pod["initContainers"], *_fetches(wanted, agent)],
        "containers": [_jupyter(pod["containers"][0], wanted, agent)],
        "volumes": [*pod["volumes"], *_volumes(wanted)],
    }}}  # fmt: skip
    return made


def _jupyter(trainer: Object, wanted: Notebook, agent: AgentImage) -> Object:
    """The image is ours: nothing but its volumes is written."""
    store = wanted.spec.store
    told = {**dict(agent.env), **gateway_env(store), **dict(wanted.sdk)}
    told |= {"FERRY_RUN": wanted.opens, "FERRY_RESULTS": RESULTS} if wanted.opens else {}
    mounts = [{**each, "readOnly": True} if each["name"] == "data" else each for each in trainer["volumeMounts"]]
    shown = {"data": DATA} if wanted.spec.data else {}
    shown |= {"run": RESULTS} if wanted.opens else {}
    return {
        **trainer,
        "env": [*(each for each in trainer["env"] if each["name"] not in told), *entries(told)],
        "securityContext": own_security(),
        "volumeMounts": [
            *mounts,
            {"name": "output", "mountPath": PROJECT},
            *({"name": name, "mountPath": place, "readOnly": True} for name, place in shown.items()),
            {"name": "private", "mountPath": PRIVATE},
            {"name": "api", "mountPath": API, "readOnly": True},
            *gateway_mounts(store),
        ],
    }


def _fetches(wanted: Notebook, agent: AgentImage) -> Iterator[Object]:
    """Beside the agent, which has begun by then: the run's results, and what an earlier notebook has left."""
    spec = wanted.spec
    if wanted.opens:
        words = [spec.store, wanted.opens, RESULTS]
        yield _fetch("results", words, {"name": "run", "mountPath": RESULTS}, (spec, agent))
    if wanted.goes_on:
        words = [spec.store, wanted.goes_on, POD.output, "--unless", spec.full_name]
        yield _fetch("earlier", words, {"name": "output", "mountPath": POD.output}, (spec, agent))


def _fetch(name: str, words: list[str], mount: Object, surroundings: tuple[RunSpec, AgentImage]) -> Object:
    spec, agent = surroundings
    limits = {"memory": AGENT_MEMORY, "ephemeral-storage": spec.resources.ephemeral_storage}
    return {
        "name": name,
        "image": agent.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "trainferry.agent.results", *words],
        "env": entries({**dict(agent.env), **gateway_env(spec.store), "HOME": "/tmp", "PYTHONUNBUFFERED": "1"}),
        "resources": {"requests": {"cpu": "100m", **limits}, "limits": limits},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": own_security(),
        "volumeMounts": [mount, {"name": "agent-tmp", "mountPath": "/tmp"}, *gateway_mounts(spec.store)],
    }


def _volumes(wanted: Notebook) -> list[Object]:
    authority = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    place = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    token = {"path": "token", "expirationSeconds": TOKEN_SECONDS}
    sources = [{"serviceAccountToken": token}, {"configMap": authority}, {"downwardAPI": {"items": [place]}}]
    return [
        {"name": "run", "emptyDir": {"sizeLimit": wanted.spec.resources.ephemeral_storage}},
        {"name": "private", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        {"name": "api", "projected": {"sources": sources}},
    ]
