"""Who is let in by the gateway of a claim: the tokens of runs, pods and people, and of whom a share is for."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.cluster import tenant as tenants
from tests.e2e import volumes
from tests.e2e.conftest import BASE
from tests.e2e.volume.conftest import Sea
from tests.e2e.volumes import CLAIM
from trainferry.manifests.security import own_security, pod_security
from trainferry.spec.volume import Volume

ASK = """
import os, sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def ask(headers):
    asked = urllib.request.Request(sys.argv[1] + "/v1/objects?prefix=", headers=headers)
    try:
        return opener.open(asked, timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code
own = "/var/run/secrets/kubernetes.io/serviceaccount/token"
tokens = [{"X-Ferry-Token": open(own).read()}] if os.path.exists(own) else []
print(*map(ask, [{}, {"X-Ferry-Token": "none"}, *tokens]), os.path.exists("/var/run/ferry"), len(tokens))
"""


def test_the_trainer_has_no_token_and_the_gateway_does_not_know_it(sea: Sea):
    told = sea.project.ferry("run", "--name", "thief", "--", "python3", "-c", ASK, f"http://ferry-gateway-{CLAIM}:8080")
    assert told.stdout == "401 401 False 0\n"


def test_a_foreign_pod_is_not_known_and_its_own_token_is_not_enough(sea: Sea):
    gateway = f"http://ferry-gateway-{CLAIM}.{sea.namespace}:8080"
    assert said(sea, sea.bob.namespace, "foreign", gateway) == "401 401 403 False 1\n"


def test_a_pod_of_the_namespace_that_nobody_gave_the_gateways_token_is_no_member(sea: Sea):
    """The default token of a service account that may not create Jobs."""
    assert said(sea, sea.namespace, "neighbour", f"http://ferry-gateway-{CLAIM}:8080") == "401 401 403 False 1\n"


def test_a_token_opens_what_it_was_made_for_and_nothing_else(sea: Sea):
    asked = {
        "alice's own": (sea.namespace, "user", ""),
        "alice's, made for gateways": (sea.namespace, "ferry-people", "ferry-gateway"),
        "alice's, made for the API server": (sea.namespace, "ferry-people", ""),
        "bob's own": (sea.bob.namespace, "user", ""),
        "bob's, made for his own gateway": (sea.bob.namespace, "ferry-people", "ferry-gateway"),
        "bob's, made for alice's shares": (sea.bob.namespace, "ferry-people", f"ferry-share.{sea.namespace}"),
        "bob's, made for carol's shares": (sea.bob.namespace, "ferry-people", f"ferry-share.{sea.carol.namespace}"),
        "of another audience": (sea.namespace, "ferry-people", "vault"),
    }
    assert {who: answered(sea, *token) for who, token in asked.items()} == {
        "alice's own": 200,
        "alice's, made for gateways": 200,
        "alice's, made for the API server": 403,
        "bob's own": 403,
        "bob's, made for his own gateway": 403,
        "bob's, made for alice's shares": 403,
        "bob's, made for carol's shares": 401,
        "of another audience": 401,
    }


def test_a_share_is_for_bob_and_for_nobody_else(sea: Sea, tmp_path: Path):
    """Through the API server, each with a token of their own that is good at alice's gateway only."""
    sea.project.ferry(
        "run", "--name", "gift", "--", "sh", "-c", 'head -c 9000000 /dev/urandom >"$0"/best.pt', "{output}"
    )
    words = ("share", "gift:best.pt", "--allow-pickle", "--to", sea.bob.namespace, "-o", "json")
    told = json.loads(sea.project.ferry(*words).stdout)
    bob = volumes.desk(sea.bob, sea.images, tmp_path / "bob", "gs://elsewhere")
    carol = volumes.desk(sea.carol, sea.images, tmp_path / "carol", "gs://elsewhere")
    listed = json.loads(bob.ferry("get", "shares", "--with-me", "--from", sea.namespace, "-o", "json").stdout)["items"]
    assert [one["address"] for one in listed] == [told["link"]]
    bob.ferry("cp", told["link"], ".")
    (file,) = told["files"]
    assert hashlib.sha256((bob.folder / "best.pt").read_bytes()).hexdigest() == file["sha256"]
    proxy = f"the right `get` on services/proxy in namespace {sea.namespace} is missing"
    assert proxy in carol.ferry("cp", told["link"], ".", code=3).stderr
    hers = sea.project.ferry("share", "gift:best.pt", "--allow-pickle", "--to", sea.carol.namespace).stdout.strip()
    assert bob.ferry("cp", hers, "hers.pt", code=None).returncode in (2, 3)
    sea.project.ferry("unshare", told["id"])
    assert bob.ferry("cp", told["link"], "again.pt", code=None).returncode in (2, 3)
    assert sorted(path.name for path in bob.folder.iterdir()) == ["best.pt", "ferry.toml"]


def answered(sea: Sea, namespace: str, account: str, audience: str) -> int:
    """The status of a list of objects with such a token, asked by alice, whom the API server lets through."""
    made = ("--audience", audience) if audience else ()
    token = tenants.kubectl("-n", namespace, "create", "token", account, *made).strip()
    api = volumes.engine(sea.project).cluster.api
    path = f"/api/v1/namespaces/{sea.namespace}/services/{Volume(CLAIM).proxied}/proxy/v1/objects?prefix="
    access = api.channel.access
    answer = access.pool.request(
        "GET", access.server + path, headers={**access.headers(), "X-Ferry-Token": token}, retries=False
    )
    return int(answer.status)


def said(sea: Sea, namespace: str, name: str, gateway: str) -> str:
    """What a pod with its service account's token gets."""
    container = {
        "name": "ask", "image": f"{sea.images.registry}/{BASE}", "command": ["python3", "-c", ASK, gateway],
        "securityContext": own_security(),
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
    }  # fmt: skip
    spec: dict[str, Any] = {"restartPolicy": "Never", "securityContext": pod_security(), "containers": [container]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
    tenants.kubectl("create", "-f", "-", stdin=json.dumps(pod))
    done = "--for=jsonpath={.status.phase}=Succeeded"
    tenants.kubectl("-n", namespace, "wait", f"pod/{name}", done, "--timeout=100s")
    return tenants.kubectl("-n", namespace, "logs", name)
