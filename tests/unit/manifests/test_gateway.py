import pytest

from tests.unit.manifests.cases import AGENT, BASE, NAMESPACE
from trainferry.manifests.gateway import Gateway, objects
from trainferry.manifests.job import job
from trainferry.manifests.tenant import Tenant
from trainferry.manifests.tenant import objects as tenant_objects

VOLUME = BASE.but(store="volume://store/team")


def test_everything_of_a_gateway_is_in_its_namespace_but_the_right_to_ask_who_calls():
    made = objects(Gateway("data", "alice", "registry.example/ferry@sha256:" + "f" * 64, "1Ti"))
    assert [(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")) for each in made] == [
        ("ClusterRoleBinding", "ferry-gateway-alice", None),
        ("ServiceAccount", "ferry-gateway", "alice"),
        ("PersistentVolumeClaim", "data", "alice"),
        ("NetworkPolicy", "ferry-gateway-data", "alice"),
        ("Service", "ferry-gateway-data", "alice"),
        ("Deployment", "ferry-gateway-data", "alice"),
    ]
    assert made[2]["spec"]["resources"]["requests"]["storage"] == "1Ti"


def test_only_the_agent_of_a_run_has_a_token_and_only_for_a_volume():
    pod = job(VOLUME, AGENT, NAMESPACE)["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert "gateway" in str(pod["initContainers"][0]["volumeMounts"])
    trainer = pod["containers"][0]
    assert [word for word in ("FERRY_GATEWAY", "gateway-token", "/var/run/ferry") if word in str(trainer)] == []
    assert "gateway" not in str(job(BASE, AGENT, NAMESPACE)["spec"])


def test_a_run_in_a_bucket_keeps_the_name_it_always_had():
    assert BASE.full_name == "base-3cecfde8"


@pytest.mark.parametrize(
    ("claims", "names"),
    [
        ((), []),
        (("store",), ["http:ferry-gateway-store:8080"]),
        (("a", "b"), ["http:ferry-gateway-a:8080", "http:ferry-gateway-b:8080"]),
    ],
)
def test_a_tenant_comes_through_the_proxy_to_its_gateways_by_name(claims: tuple[str, ...], names: list[str]):
    made = tenant_objects(Tenant("alice", claims=claims))
    rules = [rule for each in made if each["kind"] == "Role" for rule in each["rules"]]
    found = [rule["resourceNames"] for rule in rules if rule["resources"] == ["services/proxy"]]
    assert found == ([names] * 2 if names else [])


def test_shares_are_read_by_whom_the_tenant_names():
    made = tenant_objects(Tenant("alice", readers=(("Group", "system:serviceaccounts:bob"), ("User", "carol@corp"))))
    (binding,) = (e for e in made if e["kind"] == "RoleBinding" and e["metadata"]["name"] == "ferry-share-reader")
    assert [(one["kind"], one["name"]) for one in binding["subjects"]] == [
        ("Group", "system:serviceaccounts:bob"),
        ("User", "carol@corp"),
    ]
    role = next(each for each in made if each["kind"] == "Role" and each["metadata"]["name"] == "ferry-share-reader")
    assert role["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["services/proxy"],
            "resourceNames": ["http:ferry-gateway-store:8080"],
            "verbs": ["get"],
        }
    ]
