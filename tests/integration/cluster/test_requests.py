"""The one request, against a server that misbehaves."""

import datetime
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cluster.apiserver import ApiServer, dropped, lost, serving, silent, status
from tests.integration.cluster.conftest import IMPATIENT
from tests.unit.cluster.objects import JOBS, SPEC, Object, job, true
from trainferry.cluster import discovery
from trainferry.cluster.client import Cluster, connect
from trainferry.errors import BadInput, Changed, FerryError, Forbidden, Missing, Unreachable


def line(error: FerryError) -> str:
    return str(error).partition("   ")[0]


def test_a_run_is_created_once_however_often_it_is_sent(server: ApiServer, cluster: Cluster) -> None:
    sent = [cluster.submit([job()]) for _ in range(3)]
    assert [(s.created, s.finished) for s in sent] == [(True, False), (False, False), (False, False)]
    assert server.methods() == ["GET", "POST", "GET", "GET"]


def test_a_lost_reply_is_found_by_name_and_nothing_is_created_twice(server: ApiServer, cluster: Cluster) -> None:
    server.fault("POST", "/jobs", lost)
    assert cluster.submit([job()]).created is False
    assert server.methods() == ["GET", "POST", "GET"]


def test_a_post_that_never_arrived_is_sent_again(server: ApiServer, cluster: Cluster) -> None:
    server.fault("POST", "/jobs", dropped)
    assert cluster.submit([job()]).created is True
    assert server.methods() == ["GET", "POST", "GET", "POST"]


def test_a_finished_run_is_told_so(server: ApiServer, cluster: Cluster) -> None:
    server.put(f"{JOBS}/base-1", job("base-1", true("Complete")))
    assert cluster.submit([job()]).finished is True


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"spec": {**SPEC, "command": ["false"]}}, "job base-1 is there already and was made from another spec"),
        ({"labels": {}}, "job base-1 is there already and is not ferry's"),
        ({"deletionTimestamp": "2026-11-24T00:00:00Z"}, "job base-1 is still being deleted"),
    ],
)
def test_a_name_that_is_taken_is_told(server: ApiServer, cluster: Cluster, change: Object, told: str) -> None:
    there = job("base-1", spec=change.pop("spec", SPEC))
    there["metadata"] |= change
    server.put(f"{JOBS}/base-1", there)
    with pytest.raises(Changed) as error:
        cluster.submit([job()])
    assert line(error.value) == told


@pytest.mark.parametrize("fault", [dropped, lost, silent, status(500, "oops"), status(503, "etcd is away")])
def test_what_may_be_asked_twice_is_asked_twice(server: ApiServer, cluster: Cluster, fault: Any) -> None:
    server.fault("GET", "/jobs", fault)
    assert cluster.names() == []
    assert server.methods() == ["GET", "GET"]


def test_a_busy_server_is_asked_again_when_it_says(server: ApiServer, cluster: Cluster) -> None:
    server.fault("POST", "/jobs", status(429, "too many requests", {"Retry-After": "1"}), times=2)
    assert cluster.submit([job()]).created is True
    assert server.methods() == ["GET", "POST", "POST", "POST"]


def test_after_its_tries_the_server_is_said_to_be_silent(server: ApiServer, cluster: Cluster) -> None:
    server.fault("GET", "/jobs", silent, times=99)
    with pytest.raises(Unreachable) as error:
        cluster.names()
    assert str(error.value) == f"{server.url} (context here) fell silent   kubectl cluster-info"
    assert server.methods() == ["GET"] * IMPATIENT.tries


def test_refused_credentials_are_one_line(server: ApiServer, cluster: Cluster) -> None:
    server.fault("GET", "/jobs", status(401, "Unauthorized"), times=99)
    with pytest.raises(Unreachable) as error:
        cluster.runs()
    told = f"{server.url}: the credentials of context here were refused   kubectl --context here auth whoami"
    assert str(error.value) == told
    assert server.methods() == ["GET"]


def test_nobody_listening_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("KUBECONFIG", str(ApiServer(url=url).kubeconfig(tmp_path)))
    with pytest.raises(Unreachable) as error:
        connect("here", "", IMPATIENT).runs()
    assert line(error.value) == f"{url} (context here) cannot be reached: Connection refused"


def test_a_name_that_does_not_resolve_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(ApiServer(url="https://no-such-host.invalid").kubeconfig(tmp_path)))
    with pytest.raises(Unreachable) as error:
        connect("here", "", IMPATIENT).runs()
    told = "https://no-such-host.invalid (context here) cannot be found: its name does not resolve"
    assert line(error.value) == told


def test_another_kind_of_server_is_one_line(server: ApiServer, cluster: Cluster) -> None:
    server.fault("GET", "/jobs", lambda handler: handler.answer(200, b"<html>hello</html>") or False)
    with pytest.raises(Unreachable) as error:
        cluster.runs()
    assert line(error.value) == f"{server.url} (context here) does not answer as a Kubernetes API server does"


def test_an_untrusted_certificate_is_one_line_and_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with serving(lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path)))
        with pytest.raises(Unreachable) as error:
            connect("here", "", IMPATIENT).runs()
        told = f"{server.url} (context here) shows a certificate that cannot be trusted: self-signed certificate"
    assert line(error.value) == told


def test_a_trusted_certificate_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self_signed(tmp_path)
    context.load_cert_chain(certificate)
    with serving(lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        config = server.kubeconfig(tmp_path, **{"certificate-authority": str(certificate)})
        monkeypatch.setenv("KUBECONFIG", str(config))
        assert connect("here", "", IMPATIENT).runs() == []


def test_long_lists_come_in_pages(server: ApiServer, cluster: Cluster) -> None:
    for n in range(1201):
        server.put(f"{JOBS}/r-{n:04}", job(f"r-{n:04}", true("Complete")))
    assert len(cluster.runs()) == 1201
    assert server.methods() == ["GET"] * 3


def test_a_dry_run_creates_nothing_and_tells_the_warnings(server: ApiServer, cluster: Cluster) -> None:
    assert cluster.server_dry_run([job()]) == ['299 - "would violate PodSecurity"']
    assert server.objects == {}


def test_a_dry_run_of_what_is_there_is_fine(server: ApiServer, cluster: Cluster) -> None:
    cluster.submit([job()])
    assert cluster.server_dry_run([job()]) == []


def test_a_run_is_deleted_with_its_pods(server: ApiServer, cluster: Cluster) -> None:
    made = server.put(f"{JOBS}/base-1", job())
    server.fault("DELETE", "/base-1", lost)
    cluster.delete("base-1")
    assert server.objects == {}
    with pytest.raises(Missing, match='no run "base-1" in namespace alice'):
        cluster.delete("base-1")
    assert made["metadata"]["uid"]


def test_doctor_names_every_right_that_is_missing(server: ApiServer, cluster: Cluster) -> None:
    with pytest.raises(Forbidden) as error:
        discovery.permissions(cluster)
    assert line(error.value) == "context here may not delete jobs in namespace alice"


def test_doctor_says_when_the_namespace_is_not_there(server: ApiServer, cluster: Cluster) -> None:
    with pytest.raises(Missing) as error:
        discovery.permissions(Cluster(cluster.api.in_namespace("alcie")))
    assert line(error.value) == "no namespace alcie in the cluster of context here"


def test_doctor_tells_version_and_cards(server: ApiServer, cluster: Cluster) -> None:
    for name in ("a", "b"):
        labels = {"cloud.google.com/gke-accelerator": "nvidia-l4"}
        allocatable = {"nvidia.com/gpu": "4"}
        server.put(
            f"/api/v1/nodes/{name}",
            {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": allocatable}},
        )
    asking = {"resources": {"limits": {"nvidia.com/gpu": "3"}}}
    server.put("/api/v1/pods/x", {"metadata": {"name": "x"}, "spec": {"nodeName": "a", "containers": [asking]}})
    assert discovery.server(cluster) == f"{server.url}: Kubernetes 1.35.4, context here, namespace alice"
    assert discovery.gpus(cluster) == "8x nvidia-l4 (5 free)"


def test_doctor_says_when_nodes_may_not_be_read(server: ApiServer, cluster: Cluster) -> None:
    server.fault("GET", "/nodes", status(403, 'User "bob" cannot list resource "nodes"'))
    assert discovery.gpus(cluster) == "nodes may not be read, so the cards are not known"


# kubeconfigs -----------------------------------------------------------------------------------------


def config(folder: Path, **changes: Any) -> Path:
    path = ApiServer(url="https://k").kubeconfig(folder, "team-a")
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def plugin(*command: str) -> list[Object]:
    api = "client.authentication.k8s.io/v1"
    return [{"name": "u", "user": {"exec": {"apiVersion": api, "command": command[0], "args": list(command[1:])}}}]


BROKEN: dict[str, tuple[str, Any, type[FerryError], str]] = {
    "no such context": ("team-b", {}, Missing, 'no context "team-b" in {path}. Did you mean team-a?'),
    "no current context": ("", {"current-context": ""}, BadInput, "no context is chosen in {path}"),
    "not YAML": ("", "a: [", BadInput, "kubeconfig {path} is not YAML"),
    "not a kubeconfig": ("", "just words", BadInput, "kubeconfig {path} is not a kubeconfig"),
    "binary": ("", b"\xff\xfe\x00", BadInput, "kubeconfig {path} cannot be read: 'utf-8' codec can't decode"),
    "no cluster": (
        "",
        {"clusters": []},
        BadInput,
        "context team-a: there is no cluster c in the kubeconfig",
    ),
    "no such certificate": (
        "",
        {"users": [{"name": "u", "user": {"client-certificate": "nope.pem"}}]},
        BadInput,
        "context team-a: its credentials cannot be used: {path.parent}/nope.pem: No such file or directory",
    ),
    "no base64": (
        "",
        {"users": [{"name": "u", "user": {"client-certificate-data": "abc"}}]},
        BadInput,
        "context team-a: its credentials cannot be used: Incorrect padding",
    ),
    "no certificate": (
        "",
        {"clusters": [{"name": "c", "cluster": {"server": "https://k", "certificate-authority-data": "YWJj"}}]},
        BadInput,
        "context team-a: its credentials cannot be used: ",
    ),
    "a plugin that fails": (
        "",
        {"users": plugin("sh", "-c", "echo not signed in >&2; exit 3")},
        Unreachable,
        "context team-a: signing in failed: exec: process returned 3. not signed in",
    ),
    "no such plugin": (
        "",
        {"users": plugin("no-such-plugin")},
        Unreachable,
        "context team-a: signing in failed: [Errno 2] No such file or directory: 'no-such-plugin'",
    ),
}


@pytest.mark.parametrize(("context", "content", "kind", "told"), BROKEN.values(), ids=BROKEN)
def test_a_kubeconfig_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: str, content: Any, kind: type[FerryError], told: str
) -> None:
    path = config(tmp_path, **(content if isinstance(content, dict) else {}))
    if not isinstance(content, dict):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("KUBECONFIG", str(path))
    with pytest.raises(kind) as error:
        connect(context)
    assert line(error.value).startswith(told.format(path=path))
    assert "\n" not in str(error.value)


def test_a_kubeconfig_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match=f"kubeconfig {tmp_path}/nowhere: no such file"):
        connect()


def test_a_client_certificate_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self_signed(tmp_path)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        path = server.kubeconfig(tmp_path, **{"certificate-authority": "here.pem"})
        user = {"name": "u", "user": {"client-certificate": "here.pem", "client-key": "here.pem"}}
        path.write_text(json.dumps(json.loads(path.read_text()) | {"users": [user]}))
        monkeypatch.setenv("KUBECONFIG", str(path))
        assert connect("here", "", IMPATIENT).names() == []


def test_inside_a_pod_its_service_account_is_used_and_its_token_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self_signed(tmp_path)
    context.load_cert_chain(certificate)
    for name, text in {"token": "first", "namespace": "alice", "ca.crt": certificate.read_text()}.items():
        (tmp_path / name).write_text(text)
    heard: list[str] = []
    with serving(lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        server.fault("GET", "/jobs", lambda handler: heard.append(handler.headers["Authorization"]) is None, times=2)
        monkeypatch.setattr("trainferry.cluster.kubeconfig.POD", tmp_path)
        monkeypatch.delenv("KUBECONFIG", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", server.url.rpartition(":")[2])
        inside = connect("", "", IMPATIENT)
        inside.names()
        (tmp_path / "token").write_text("second")
        inside.names()
    assert (inside.namespace, heard) == ("alice", ["Bearer first", "Bearer second"])


def test_a_plugins_token_is_used(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = "client.authentication.k8s.io/v1"
    credential = {"apiVersion": api, "kind": "ExecCredential", "status": {"token": "fresh"}}
    path = server.kubeconfig(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"users": plugin("echo", json.dumps(credential))}))
    monkeypatch.setenv("KUBECONFIG", str(path))
    heard: list[str] = []
    server.fault("GET", "/jobs", lambda handler: heard.append(handler.headers["Authorization"]) is None)
    assert connect("here").names() == []
    assert heard == ["Bearer fresh"]


def self_signed(folder: Path) -> Path:
    """A certificate and its key for 127.0.0.1, in one file."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    signed = builder.add_extension(addresses, False).add_extension(authority, True).sign(key, hashes.SHA256())
    path = folder / "here.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path
