from trainferry.manifests.tenant import RULES, Tenant, objects


def test_a_tenants_user_has_no_secrets_no_exec_and_no_wildcard():
    words = {word for group, resources, verbs in RULES for word in (group, *resources, *verbs)}
    assert words.isdisjoint({"*", "secrets", "pods/exec", "pods/attach", "impersonate", "escalate", "bind"})


def test_everything_of_a_tenant_is_in_its_namespace():
    first, *rest = objects(Tenant(name="alice", identity="alice@example.com"))
    assert (first["kind"], first["metadata"]["name"]) == ("Namespace", "alice")
    assert {each["metadata"]["namespace"] for each in rest} == {"alice"}


def test_the_quota_is_what_was_asked_for():
    quota = next(each for each in objects(Tenant(gpus=4, cpu="8", memory="64Gi")) if each["kind"] == "ResourceQuota")
    assert quota["spec"]["hard"] == {
        "requests.nvidia.com/gpu": "4",
        "requests.cpu": "8",
        "requests.memory": "64Gi",
        "limits.memory": "64Gi",
        "requests.ephemeral-storage": "500Gi",
        "count/jobs.batch": "100",
    }
