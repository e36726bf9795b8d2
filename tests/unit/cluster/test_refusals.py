"""What the API server refuses, in one line with the next command."""

import json
from typing import Any

import pytest

from trainferry.cluster.call import Call, Expired, Reply
from trainferry.cluster.refusals import refusal
from trainferry.errors import BadInput, Changed, FerryError, Forbidden, Full, Missing, Unreachable

CREATE = Call("POST", "/apis/batch/v1/namespaces/alice/jobs", body={})
LIST = Call("GET", "/api/v1/nodes")

RBAC = 'jobs.batch is forbidden: User "bob" cannot create resource "jobs" in API group "batch" in the namespace "alice"'
NODES = 'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope'
QUOTA = 'pods "x" is forbidden: exceeded quota: tenant, requested: pods=1, used: pods=4, limited: pods=4'
WEBHOOK = 'admission webhook "policy.corp" denied the request: no latest tags\nsee https://corp'
SECURITY = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'
FIELD = {"kind": "Job", "name": "base-1", "causes": [{"field": "spec.template", "message": "field is immutable"}]}

TABLE: list[tuple[int, str, Call, type[FerryError], str]] = [
    (
        401,
        "Unauthorized",
        CREATE,
        Unreachable,
        "https://k: the credentials of context team were refused   kubectl --context team auth whoami",
    ),
    (
        403,
        RBAC,
        CREATE,
        Forbidden,
        "bob (context team) may not create jobs in namespace alice"
        "   kubectl --context team auth can-i create jobs -n alice",
    ),
    (
        403,
        NODES,
        LIST,
        Forbidden,
        "bob (context team) may not list nodes in the cluster   kubectl --context team auth can-i list nodes",
    ),
    (403, QUOTA, CREATE, Full, f"{QUOTA}   kubectl --context team describe quota -n alice"),
    (403, SECURITY, CREATE, Forbidden, SECURITY),
    (403, WEBHOOK, CREATE, Forbidden, WEBHOOK.splitlines()[0]),
    (400, WEBHOOK, CREATE, BadInput, WEBHOOK.splitlines()[0]),
    (
        404,
        'namespaces "alice" not found',
        CREATE,
        Missing,
        "no namespace alice in the cluster of context team   kubectl --context team get namespaces",
    ),
    (404, 'jobs.batch "base-1" not found', CREATE, Missing, 'jobs.batch "base-1" not found'),
    (409, 'jobs.batch "base-1" already exists', CREATE, Changed, 'jobs.batch "base-1" already exists'),
    (410, "too old resource version", LIST, Expired, "too old resource version"),
    (503, "etcd is away", LIST, Unreachable, "https://k (context team) cannot answer now: 503 etcd is away"),
]


def told(code: int, message: str, call: Call, **more: Any) -> FerryError:
    body = json.dumps({"kind": "Status", "message": message, **more}).encode()
    return refusal(Reply(code, {}, body), call, "team", "https://k")


@pytest.mark.parametrize(("code", "message", "call", "kind", "line"), TABLE, ids=[line[4][:40] for line in TABLE])
def test_a_refusal_is_one_line(code: int, message: str, call: Call, kind: type[FerryError], line: str) -> None:
    error = told(code, message, call)
    assert (type(error), str(error)) == (kind, line)


def test_an_invalid_object_names_its_field() -> None:
    assert str(told(422, "long story", CREATE, details=FIELD)) == "Job base-1: spec.template: field is immutable"


def test_a_page_of_a_proxy_is_not_taken_for_kubernetes() -> None:
    error = refusal(Reply(502, {}, b"<html>Bad Gateway</html>"), LIST, "team", "https://k")
    assert str(error) == "https://k (context team) answered 502, not as a Kubernetes API server does"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (Call("GET", "/apis/batch/v1/namespaces/a/jobs"), ("list", "jobs", "a", "")),
        (Call("GET", "/apis/batch/v1/namespaces/a/jobs/b"), ("get", "jobs", "a", "b")),
        (Call("GET", "/api/v1/namespaces/a/pods", {"watch": "1"}), ("watch", "pods", "a", "")),
        (Call("GET", "/api/v1/namespaces/a/pods/b/log"), ("get", "pods/log", "a", "b")),
        (Call("DELETE", "/api/v1/namespaces/a"), ("delete", "namespaces", "", "a")),
        (Call("GET", "/version"), ("list", "", "", "")),
    ],
)
def test_a_call_knows_its_verb_and_resource(call: Call, words: tuple[str, ...]) -> None:
    assert (call.verb, call.resource, call.namespace, call.name) == words
