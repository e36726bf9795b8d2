"""The cluster client on a real Kubernetes: plain Jobs that print, are deleted, evicted, killed and cut off."""

import json
import random
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cluster.tenant import Tenant, kubectl
from tests.e2e.conftest import Project
from trainferry.cluster import discovery
from trainferry.cluster.api import Limits
from trainferry.cluster.client import Cluster, connect
from trainferry.errors import Forbidden, Missing
from trainferry.manifests.labels import OURS, RUN, SPEC
from trainferry.runs.phases import RunRow, Status

Object = dict[str, Any]

RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD_SECURITY = {"runAsNonRoot": True, "runAsUser": 20001, "seccompProfile": {"type": "RuntimeDefault"}}

# saves and says 75 when asked to end, as ferry's wrapper does
POLITE = """
import signal, sys, time
def leave(*_):
    print("saved", flush=True); sys.exit(75)
signal.signal(signal.SIGTERM, leave)
print("begun", flush=True)
while True: time.sleep(0.1)
"""
BYTES = """
import random, sys, time
dice, out = random.Random(7), sys.stdout.buffer
for n in range(1200):
    size = 20000 if n % 100 == 50 else dice.randrange(200)
    out.write(dice.randbytes(size).replace(b"\\n", b"").replace(b"\\r", b"") + b"\\n")
    out.flush()
    time.sleep(0.02 if n % 3 == 0 else 0)
out.write(b"a last line without an end"); out.flush()
"""


def printed() -> bytes:
    """What BYTES prints."""
    dice, out = random.Random(7), b""
    for n in range(1200):
        size = 20000 if n % 100 == 50 else dice.randrange(200)
        out += dice.randbytes(size).replace(b"\n", b"").replace(b"\r", b"") + b"\n"
    return out + b"a last line without an end"


def job(image: str, code: str, **limits: str) -> Object:
    """A run's Job without an agent: the container `trainer` runs python code."""
    name = f"io-{uuid.uuid4().hex[:8]}"
    labels = {**OURS, RUN: name}
    rules = [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "Ignore", "onExitCodes": {"containerName": "trainer", "operator": "In", "values": [75]}},
        {"action": "FailJob", "onExitCodes": {"containerName": "trainer", "operator": "NotIn", "values": [75]}},
    ]
    trainer = {
        "name": "trainer",
        "image": image,
        "command": ["python3", "-uc", code],
        "securityContext": RESTRICTED,
        "resources": {"limits": {"memory": "64Mi", **limits}},
    }
    pod = {"restartPolicy": "Never", "securityContext": POD_SECURITY, "containers": [trainer]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels, "annotations": {SPEC: json.dumps({"command": code})}},
        "spec": {
            "backoffLimit": 6,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {"rules": rules},
            "template": {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 10, **pod}},
        },
    }


@pytest.fixture
def image(registry: str) -> str:
    return f"{registry}/base/python:3.11"


@pytest.fixture
def cluster(user: Tenant, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """What the tenant's own user sees."""
    made = connect_as(user.kubeconfig, user.context, monkeypatch)
    assert made.namespace == user.namespace
    return made


def connect_as(kubeconfig: str, context: str, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    with monkeypatch.context() as patched:
        patched.setenv("KUBECONFIG", kubeconfig)
        return connect(context, "", Limits(silence=5))


def submit(cluster: Cluster, rendered: Object) -> str:
    assert cluster.submit([rendered]).created
    return str(rendered["metadata"]["name"])


def until(statuses: Iterator[Status], phase: str, reason: str = "") -> Status:
    """The first status of this phase (and reason)."""
    seen = []
    for status in statuses:
        seen.append(status)
        if status.phase == phase and status.reason.startswith(reason):
            return status
    raise AssertionError(f"never {phase}: {seen}")


def test_a_run_goes_through_its_phases_and_its_log_is_whole(cluster: Cluster, image: str) -> None:
    run = submit(cluster, job(image, BYTES))
    phases: list[str] = []
    watching = threading.Thread(target=lambda: phases.extend(s.phase for s in cluster.watch(run)))
    watching.start()
    got = b"".join(cluster.logs(run, follow=True))
    watching.join(60)
    order = ["Queued", "Scheduling", "Pulling", "Fetching", "Running", "Saving", "Succeeded"]
    assert got == printed()
    assert [phase for phase in order if phase in phases] == list(dict.fromkeys(phases))
    assert {"Running", "Succeeded"} <= set(phases)
    assert cluster.outcome(run).succeeded
    assert b"".join(cluster.logs(run)) == printed()


def test_a_log_is_whole_although_every_connection_is_cut(
    cluster: Cluster, user: Tenant, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(cluster, job(image, BYTES))
    with cutting(user, tmp_path, seconds=0.4) as (kubeconfig, cuts):
        flaky = connect_as(kubeconfig, user.context, monkeypatch)
        assert b"".join(flaky.logs(run, follow=True)) == printed()
    assert cuts


def test_a_deleted_pod_is_replaced_and_the_log_goes_on(cluster: Cluster, user: Tenant, image: str) -> None:
    run = submit(cluster, job(image, POLITE))
    statuses = cluster.watch(run)
    first = until(statuses, "Running")
    log = cluster.logs(run, follow=True)
    assert next(log) == b"begun\n"
    kubectl("-n", user.namespace, "delete", "pod", first.pod, "--wait=false")
    assert until(statuses, "Saving").pod == first.pod
    second = until(statuses, "Running")
    assert second.pod != first.pod
    assert b"saved\nbegun\n".startswith(next(log))
    cluster.delete(run)
    assert until(statuses, "Stopped").reason == "Deleted"


def test_an_eviction_is_told(cluster: Cluster, user: Tenant, image: str) -> None:
    run = submit(cluster, job(image, POLITE))
    statuses = cluster.watch(run)
    pod = until(statuses, "Running").pod
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": user.namespace}}
    kubectl(
        "create",
        "--raw",
        f"/api/v1/namespaces/{user.namespace}/pods/{pod}/eviction",
        "-f",
        "-",
        stdin=json.dumps(eviction),
    )
    assert until(statuses, "Saving").reason == "EvictionByEvictionAPI"
    assert until(statuses, "Queued", "BackOff").exit_code == 75
    cluster.delete(run, wait=True)


def test_out_of_memory_names_the_limit(cluster: Cluster, image: str) -> None:
    run = submit(cluster, job(image, "x = bytearray(512 << 20); print(len(x))"))
    last = list(cluster.watch(run))[-1]
    assert (last.phase, last.exit_code, last.detail) == ("Failed", 137, "killed: out of memory (limit 64Mi)")
    outcome = cluster.outcome(run)
    assert (outcome.succeeded, outcome.reason) == (False, "killed: out of memory (limit 64Mi)")


def test_a_user_error_fails_once_with_its_code(cluster: Cluster, image: str) -> None:
    run = submit(cluster, job(image, "print('oops'); raise SystemExit(3)"))
    last = list(cluster.watch(run))[-1]
    assert (last.phase, last.attempt, last.exit_code) == ("Failed", 1, 3)
    assert cluster.outcome(run).reason == "exit code 3: the command failed"
    assert b"".join(cluster.logs(run)) == b"oops\n"


def test_the_deadline_is_named(cluster: Cluster, image: str) -> None:
    rendered = job(image, POLITE)
    rendered["spec"]["activeDeadlineSeconds"] = 4
    run = submit(cluster, rendered)
    assert list(cluster.watch(run))[-1].detail == "it ran longer than its deadline of 4 s"


def test_why_nothing_starts_is_told(cluster: Cluster, image: str) -> None:
    many, nowhere = job(image, POLITE), job(f"{image}-no-such", POLITE)
    many["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] = "64"
    status = until(cluster.watch(submit(cluster, many)), "Scheduling", "Unschedulable")
    assert "Insufficient nvidia.com/gpu" in status.detail
    status = until(cluster.watch(submit(cluster, nowhere)), "Pulling", "ErrImagePull")
    assert f"{image}-no-such" in status.detail


def test_the_same_run_is_the_same_job_and_deleting_leaves_nothing(cluster: Cluster, user: Tenant, image: str) -> None:
    rendered = job(image, POLITE)
    run = submit(cluster, rendered)
    again = cluster.submit([rendered])
    assert (again.created, again.finished) == (False, False)
    assert cluster.names() == [run]
    until(cluster.watch(run), "Running")
    cluster.delete(run, wait=True)
    assert json.loads(kubectl("-n", user.namespace, "get", "pods,jobs", "-o", "json"))["items"] == []
    with pytest.raises(Missing, match=f'no run "{run}" in namespace {user.namespace}'):
        cluster.status(run)


def test_runs_are_listed_with_what_they_do(cluster: Cluster, user: Tenant, image: str) -> None:
    rendered = [job(image, "print(1)"), job(image, POLITE), job(image, POLITE)]
    rendered[2]["spec"]["suspend"] = True
    runs = [submit(cluster, one) for one in rendered]
    list(cluster.watch(runs[0]))
    until(cluster.watch(runs[1]), "Running")
    rows = {row.run: replace(row, created=0.0, node="") for row in cluster.runs()}
    states = ("Succeeded", 1), ("Running", 1), ("Stopped", 0)
    assert rows == {
        run: RunRow(run, status, user.namespace, attempts=attempts)
        for run, (status, attempts) in zip(runs, states, strict=True)
    }


def test_a_dry_run_asks_admission_and_creates_nothing(cluster: Cluster, image: str) -> None:
    rendered = job(image, "print(1)")
    assert cluster.server_dry_run([rendered]) == []
    del rendered["spec"]["template"]["spec"]["securityContext"]
    assert "would violate PodSecurity" in cluster.server_dry_run([rendered])[0]
    assert cluster.names() == []


TALKS = """
import os, time
for n in range(10):
    print("line", n, flush=True); time.sleep(0.5)
with open(os.environ["FERRY_OUTPUT"] + "/big", "wb") as big:
    big.write(os.urandom(40 << 20))
"""


def test_a_whole_run_is_seen_running_and_saving(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.folder / "talks.py").write_text(TALKS)
    run = project.ferry("run", "-d", "--name", "talks", "--", "python3", "talks.py").stdout.strip()
    cluster = connect_as(project.kubeconfig, project.namespace, monkeypatch)
    phases: list[str] = []
    watching = threading.Thread(target=lambda: phases.extend(s.phase for s in cluster.watch(run)))
    watching.start()
    followed = project.ferry("logs", "-f", run).stdout
    watching.join(60)
    assert followed == "".join(f"line {n}\n" for n in range(10))
    assert list(dict.fromkeys(phases))[-3:] == ["Running", "Saving", "Succeeded"]
    cluster.delete(run, wait=True)
    assert project.ferry("logs", run).stdout == followed


def test_what_a_user_may_not_do_is_one_line(cluster: Cluster, user: Tenant) -> None:
    elsewhere = Cluster(cluster.api.in_namespace("kube-system"))
    account = f"system:serviceaccount:{user.namespace}:user"
    with pytest.raises(Forbidden) as error:
        elsewhere.runs()
    assert error.value.message == f"{account} (context {user.context}) may not list jobs in namespace kube-system"
    with pytest.raises(Forbidden, match="may not create jobs, get jobs, list jobs"):
        discovery.permissions(elsewhere)
    assert discovery.permissions(cluster).startswith(f"namespace {user.namespace}: you may create and delete Jobs")
    assert discovery.gpus(cluster) == "nodes may not be read, so the cards are not known"


@contextmanager
def cutting(user: Tenant, folder: Path, seconds: float) -> Iterator[tuple[str, list[float]]]:
    """A kubeconfig whose server ends every connection after `seconds`, and the list of the ends so far."""
    config = json.loads(Path(user.kubeconfig).read_text())
    server = urlsplit(config["clusters"][0]["cluster"]["server"])
    cuts: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(
            target=_accept, args=(listening, (server.hostname, server.port), seconds, cuts), daemon=True
        ).start()
        config["clusters"][0]["cluster"] |= {
            "server": f"https://127.0.0.1:{listening.getsockname()[1]}",
            "tls-server-name": server.hostname,
        }
        path = folder / "cutting"
        path.write_text(json.dumps(config))
        yield str(path), cuts


def _accept(listening: socket.socket, server: tuple[Any, Any], seconds: float, cuts: list[float]) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        pair = client, socket.create_connection(server)
        for source, sink in (pair, pair[::-1]):
            threading.Thread(target=_pump, args=(source, sink), daemon=True).start()
        threading.Timer(seconds, _cut, (pair, cuts)).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(1000):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _cut(pair: tuple[socket.socket, socket.socket], cuts: list[float]) -> None:
    for end in pair:
        try:
            end.shutdown(socket.SHUT_RDWR)
            cuts.append(1.0)
        except OSError:
            continue
        finally:
            end.close()
