"""What we render, before a real API server, a real kubelet and kubectl's own YAML reader."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import BASE
from tests.e2e.tenants import USER, kubectl, rendered_tenant
from tests.unit.manifests.cases import RUNS, rendered
from tests.unit.manifests.golden import ROOT
from tests.unit.manifests.test_job import DOLLARS
from tests.unit.manifests.test_text import HOSTILE
from trainferry.manifests.environment import entries, literal
from trainferry.manifests.security import own_security, pod_security
from trainferry.manifests.text import dump

RESTRICTED = [name for name in RUNS if name != "run-as-image"] + ["tensorboard", "tensorboard-volume"]
LOG, FORWARD, EXEC = (f"pods --subresource={name}" for name in ("log", "portforward", "exec"))
GATEWAY, TOKEN = "services/http:ferry-gateway-store:8080 --subresource=proxy", "--subresource=token"
ALLOWED = [
    "create jobs.batch", "delete jobs.batch", f"get {LOG}", f"create {FORWARD}", "list events",
    *(f"{verb} {GATEWAY}" for verb in ("get", "create", "update", "delete")),
    f"create serviceaccounts/ferry-people {TOKEN}",
]  # fmt: skip
DENIED = [
    "get secrets", "list secrets", f"create {EXEC}", f"get {EXEC}", "create pods", "update roles", "get nodes",
    "get services --subresource=proxy", "get services/http:other:80 --subresource=proxy", f"patch {GATEWAY}",
    f"create serviceaccounts {TOKEN}", f"create serviceaccounts/ferry {TOKEN}", "create services", "get tokenreviews",
]  # fmt: skip
OBJECTS = {"kind": 17, "gke": 17, "volume": 22}  # of an overlay

ECHO = "import json, os, sys; a = sys.argv[1:]; print(json.dumps([a, [os.environ[f'D{n}'] for n in range(len(a))]]))"


def manifest(name: str, namespace: str) -> str:
    """A golden case for this test's namespace."""
    objects = rendered()[name]
    for each in objects:
        each["metadata"]["namespace"] = namespace
    return dump(objects)


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    with rendered_tenant() as name:
        yield name


@pytest.mark.parametrize("name", RESTRICTED)
def test_the_server_takes_a_restricted_manifest_without_a_warning(name: str, namespace: str):
    done = kubectl(
        "apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "-f", "-",
        "--as", USER, text=manifest(name, namespace),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("(server dry run)\n")


def test_an_image_with_its_own_user_is_warned_about_where_pods_are_restricted(namespace: str):
    done = kubectl("apply", "--dry-run=server", "-f", "-", text=manifest("run-as-image", namespace))
    assert done.returncode == 0
    assert done.stderr.startswith('Warning: would violate PodSecurity "restricted:latest"')
    for reason in ("runAsNonRoot != true", 'must not include "CHOWN"'):
        assert reason in done.stderr


@pytest.mark.parametrize("name", rendered())
def test_kubectl_reads_the_objects_that_we_rendered(name: str):
    words = ("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-")
    done = kubectl(*words, text=dump(rendered()[name]))
    assert done.stderr == ""
    assert [json.loads(done.stdout)] == rendered()[name]


def test_kubectl_reads_every_hostile_string_as_the_text_it_is():
    data = {f"k{number}": text for number, text in enumerate(HOSTILE)}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hostile"}, "data": data}
    done = kubectl("create", "--dry-run=client", "-o", "json", "-f", "-", text=dump([config]))
    assert done.stderr == ""
    assert json.loads(done.stdout)["data"] == data


@pytest.fixture(params=OBJECTS)
def overlay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """An overlay of k8s/ for a namespace of this test's own."""
    namespace = f"t-{os.urandom(4).hex()}"
    folder = os.path.relpath(ROOT / "k8s" / "overlays" / request.param, tmp_path)
    own = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    (tmp_path / "kustomization.yaml").write_text(dump([{**own, "namespace": namespace, "resources": [folder]}]))
    yield tmp_path
    kubectl("delete", "namespace", namespace, "--wait=false")
    kubectl("delete", "clusterrolebinding", "ferry-gateway-alice", "--ignore-not-found")


def test_a_tenant_of_k8s_is_applied_and_applying_again_changes_nothing(overlay: Path, request: pytest.FixtureRequest):
    words = ("apply", "--validate=strict", "--warnings-as-errors", "-k", str(overlay))
    first, second = kubectl(*words), kubectl(*words)
    assert (first.returncode, first.stderr) == (0, "")
    assert {line.split()[-1] for line in first.stdout.splitlines()} == {"created"}
    assert {line.split()[-1] for line in second.stdout.splitlines()} == {"unchanged"}
    assert len(first.stdout.splitlines()) == OBJECTS[request.node.callspec.params["overlay"]]


def test_a_tenants_user_may_do_what_the_commands_need_and_nothing_else(overlay: Path):
    done = kubectl("apply", "-k", str(overlay), "-o", "json")
    bindings = (each for each in json.loads(done.stdout)["items"] if each["kind"] == "RoleBinding")
    binding = next(each for each in bindings if each["metadata"]["name"] == "ferry-user")
    who = ("--as", binding["subjects"][0]["name"], "-n", binding["metadata"]["namespace"])
    answers = {what: kubectl("auth", "can-i", *what.split(), *who).stdout.strip() for what in ALLOWED + DENIED}
    assert answers == dict.fromkeys(ALLOWED, "yes") | dict.fromkeys(DENIED, "no")


@pytest.mark.parametrize("overlay", ["volume"], indirect=True)
def test_the_gateway_of_an_overlay_may_ask_who_calls_and_nothing_else(overlay: Path):
    done = kubectl("apply", "-k", str(overlay), "-o", "json")
    namespace = next(each for each in json.loads(done.stdout)["items"] if each["kind"] == "Namespace")["metadata"][
        "name"
    ]
    asked = ["create tokenreviews", "create subjectaccessreviews", "get secrets", "list pods", "create jobs.batch"]
    who = ("--as", f"system:serviceaccount:{namespace}:ferry-gateway", "-n", namespace)
    answers = [kubectl("auth", "can-i", *what.split(), *who).stdout.strip() for what in asked]
    assert answers == ["yes", "yes", "no", "no", "no"]


def test_a_real_kubelet_hands_every_dollar_to_the_command(namespace: str, registry: str):
    container = {
        "name": "echo", "image": f"{registry}/{BASE}", "command": ["python3", "-c", literal(ECHO)],
        "args": [literal(text) for text in DOLLARS], "securityContext": own_security(),
        "env": entries({"HOME": "/root"} | {f"D{number}": text for number, text in enumerate(DOLLARS)}),
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
    }  # fmt: skip
    spec = {"restartPolicy": "Never", "securityContext": pod_security(), "containers": [container]}
    metadata = {"name": "dollars", "namespace": namespace}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    assert kubectl("apply", "--warnings-as-errors", "-f", "-", text=dump([pod])).stderr == ""
    kubectl("-n", namespace, "wait", "pod/dollars", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=100s")
    assert json.loads(kubectl("-n", namespace, "logs", "dollars").stdout) == [DOLLARS, DOLLARS]
