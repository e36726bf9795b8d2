"""Acceptance 7 and 8: runs whose store is a claim, on the real cluster, whatever happens to its gateway."""

import hashlib
import json
import random
import time
import uuid
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import google_crc32c

from tests.cluster import tenant as tenants
from tests.e2e import outside, volumes
from tests.e2e.conftest import BASE
from tests.e2e.volume.conftest import SIZE, Sea
from tests.e2e.volumes import CLAIM, SMALL
from trainferry.manifests.security import own_security, pod_security
from trainferry.runs import layout, reader, record
from trainferry.spec.volume import Volume

DATA = 96 << 20  # bytes that are under way when the gateway goes
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


def test_an_administrator_makes_the_gateway_with_one_command(sea: Sea):
    told = [line.removeprefix("· ") for line in sea.made.splitlines()]
    assert told[:9] == [
        f"clusterrolebinding ferry-gateway-{sea.namespace} applied",
        "serviceaccount ferry-gateway is there",
        f"persistentvolumeclaim {CLAIM} created",
        f"networkpolicy ferry-gateway-{CLAIM} created",
        f"service ferry-gateway-{CLAIM} created",
        f"deployment ferry-gateway-{CLAIM} created",
        "serviceaccount ferry-people is there",
        "waiting for the gateway",
        f"ferry-gateway-{CLAIM} answers",
    ]
    assert (told[-2], told[-1]) == (f"store: ok  volume://{CLAIM}: read, write", "wrote ferry.toml")


def test_without_a_gateway_init_names_the_command_and_who_may_type_it(sea: Sea, tmp_path: Path):
    refused = volumes.init(sea.carol.namespace, CLAIM, sea.images, tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        f"ferry: claim {CLAIM} has no gateway in namespace {sea.carol.namespace}   ferry init "
    )
    assert refused.stderr.endswith("--yes   or  kubectl apply -k k8s/gateway\n")
    desk = volumes.desk(sea.carol, sea.images, tmp_path)
    words = ("init", "--context", sea.carol.context, "--namespace", sea.carol.namespace, "--store", f"volume://{CLAIM}")
    denied = desk.ferry(*words, "--agent-image", sea.images.agent, "--yes", code=3)
    assert (
        "may not get clusterrolebindings in the cluster   an administrator makes the gateway: ferry init "
        in denied.stderr
    )


def test_a_user_sees_that_all_is_well(sea: Sea):
    checks = json.loads(sea.project.ferry("doctor", "-o", "json").stdout)["items"]
    assert {check["check"]: check["result"] for check in checks if check["check"] in ("gateway", "store")} == {
        "gateway": "ok",
        "store": "ok",
    }


def test_a_run_reads_its_data_and_its_results_come_home(sea: Sea, tmp_path: Path):
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "cat.txt").write_text("meow\n")
    sea.project.ferry("data", "push", str(tmp_path / "pets"))
    script = 'cat "$0"/cat.txt && head -c 20000000 /dev/urandom >"$1"/weights.pt && sha256sum <"$1"/weights.pt'
    words = ("run", "--name", "base", "--data", "pets", "--", "sh", "-c", script, "{data}", "{output}")
    followed = sea.project.ferry(*words).stdout
    assert followed.startswith("meow\n")
    assert sea.project.ferry("logs", "base").stdout == followed
    sea.project.ferry("cp", "base:weights.pt", str(tmp_path))
    brought = (tmp_path / "weights.pt").read_bytes()
    (run,) = (run for run in record.runs(sea.store) if run.startswith("base-"))
    stored = reader.files(sea.store, run)["weights.pt"]
    assert (len(brought), hashlib.sha256(brought).hexdigest()) == (20_000_000, followed.split()[1])
    assert google_crc32c.value(brought) == stored.crc32c


def test_the_trainer_has_no_token_and_the_gateway_does_not_know_it(sea: Sea):
    told = sea.project.ferry("run", "--name", "thief", "--", "python3", "-c", ASK, f"http://ferry-gateway-{CLAIM}:8080")
    assert told.stdout == "401 401 False 0\n"


def test_a_foreign_pod_is_not_known_and_its_own_token_is_not_enough(sea: Sea):
    gateway = f"http://ferry-gateway-{CLAIM}.{sea.namespace}:8080"
    assert said(sea, sea.bob.namespace, "foreign", gateway) == "401 401 403 False 1\n"


def test_a_pod_of_the_namespace_that_nobody_gave_the_gateways_token_is_no_member(sea: Sea):
    """The default token of a service account that may not create Jobs."""
    assert said(sea, sea.namespace, "neighbour", f"http://ferry-gateway-{CLAIM}:8080") == "401 401 403 False 1\n"


def test_a_gateway_that_is_deleted_in_the_middle_loses_nothing(sea: Sea, tmp_path: Path):
    """Of a run that publishes, a file that is put, and one that is read."""
    data = random.Random(7).randbytes(DATA)
    (tmp_path / "big").write_bytes(data)
    name = f"big/{uuid.uuid4().hex}"
    run = sea.project.ferry(
        "run", "-d", "--name", "steady", "--", "python3", "worker.py", "--output", "{output}",
        "--steps", "12", "--step-seconds", "1", "--megabytes", "48",
    ).stdout.strip()  # fmt: skip
    outside.until_says(sea.project, run, "step 2")
    with ThreadPoolExecutor(2) as pool:
        put = pool.submit(sea.store.put_file, name, tmp_path / "big")
        deleted = gone(sea, lambda: put.done())
        assert put.result().crc32c == google_crc32c.value(data)
        read = pool.submit(lambda: b"".join(sea.store.read(name)))
        deleted += gone(sea, lambda: read.done())
        assert read.result() == data
    assert deleted >= 2, "nothing was under way when the gateway went"
    assert outside.until_ended(sea.project, run) == "Complete"
    files, log = reader.files(sea.store, run), b"".join(reader.log(sea.store, run)).decode()
    last_words = b"".join(reader.pieces(sea.store, files["last_words.bin"]))
    assert f"last words 48 MiB, crc32 {zlib.crc32(last_words):08x}\n" in log
    assert [line for line in log.splitlines() if line.startswith("step ")] == [f"step {n}" for n in range(1, 13)]


def test_a_full_claim_ends_a_run_with_the_reason_and_leaves_nothing_half_there(sea: Sea):
    assert outside.until_ended(sea.project, sea.full) == "Failed"
    told = sea.project.ferry("wait", sea.full, code=1)
    assert "no space left" in told.stderr
    store = volumes.opened(sea.project, f"volume://{SMALL}")
    files = reader.files(store, sea.full)
    assert "checkpoints/state.json" in files
    for path, file in files.items():
        assert google_crc32c.value(b"".join(reader.pieces(store, file))) == file.crc32c, path
    assert sum(info.size for info in store.list(layout.run(sea.full))) < SIZE << 20
    store.put("room", bytes(1 << 20))


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


def gone(sea: Sea, over: Callable[[], bool]) -> int:
    """The gateway's pod is killed a moment after now, the next one drained when it has begun; how many went in time."""
    deleted = 0
    for pause, grace in ((0.3, 0), (3.0, 30)):
        time.sleep(pause)
        if not over():
            volumes.delete_gateway(sea.namespace, grace)
            deleted += 1
    return deleted


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
