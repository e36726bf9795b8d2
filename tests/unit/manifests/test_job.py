import re
from typing import Any

import pytest

from tests.unit.manifests.cases import AGENT, BASE, NAMESPACE, RUNS, TEST_STORE
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.environment import literal
from trainferry.manifests.job import job
from trainferry.spec.runspec import RunSpec


def pod(spec: RunSpec, agent: AgentImage = AGENT) -> dict[str, Any]:
    found: dict[str, Any] = job(spec, agent, NAMESPACE)["spec"]["template"]["spec"]
    return found


def container(spec: RunSpec, agent: AgentImage = AGENT) -> dict[str, Any]:
    found: dict[str, Any] = pod(spec, agent)["containers"][0]
    return found


def values(spec: RunSpec) -> dict[str, str]:
    return {entry["name"]: entry.get("value", "") for entry in container(spec)["env"]}


def kubelet(text: str, known: dict[str, str]) -> str:
    """What Kubernetes makes of `$` in command, args and env (third_party/forked/golang/expansion)."""
    return re.sub(r"\$(\$|\(([^)]*)\))", lambda m: "$" if m[1] == "$" else known.get(m[2], m[0]), text)


DOLLARS = ["", "$", "$$", "$$$", "a$$b", "$(HOME)", "$$(HOME)", "$((n+1))", "$$$(HOME)$", "$x $(", "$()"]


@pytest.mark.parametrize("text", DOLLARS)
def test_no_dollar_is_touched_by_the_kubelet(text: str):
    assert kubelet(literal(text), {"HOME": "/root"}) == text


def test_the_users_container_knows_nothing_of_the_stores_credentials():
    assert "STORAGE_EMULATOR_HOST" in str(pod(BASE, TEST_STORE)["initContainers"])
    assert "STORAGE_EMULATOR_HOST" not in str(container(BASE, TEST_STORE))


@pytest.mark.parametrize("case", RUNS)
def test_no_variable_is_set_twice(case: str):
    for each in (container(*RUNS[case]), pod(*RUNS[case])["initContainers"][0]):
        names = [entry["name"] for entry in each["env"]]
        assert len(names) == len(set(names))


def test_a_user_may_move_the_caches_but_not_what_the_wrapper_reads():
    env = values(BASE.but(env=(("FERRY_CONTROL", "/x"), ("HF_HOME", "/y"))))
    assert (env["FERRY_CONTROL"], env["HF_HOME"]) == ("/ferry/control", "/y")


def test_the_gpu_check_can_be_turned_off_for_pretended_cards():
    assert values(BASE.but(env=(("FERRY_GPU_CHECK", "off"),)))["FERRY_GPU_CHECK"] == "off"


def test_a_users_label_never_hides_ours():
    labels = job(BASE.but(labels=(("trainferry.dev/run", "other"),)), AGENT, NAMESPACE)["metadata"]["labels"]
    assert labels["trainferry.dev/run"] == BASE.full_name


def test_rendering_twice_shares_nothing():
    first = job(BASE, AGENT, NAMESPACE)
    first["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "1Gi"
    first["spec"]["template"]["spec"]["tolerations"] = ["x"]
    assert container(BASE)["resources"]["limits"]["memory"] == "4Gi"
    assert "tolerations" not in pod(BASE)
