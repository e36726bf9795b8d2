"""Who is calling, asked of an API server that answers as a real one does, counts, and fails on demand."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from trainferry.errors import FerryError, Unreachable
from trainferry.gateway import kubernetes
from trainferry.gateway.callers import Caller, Nobody
from trainferry.gateway.kubernetes import KubernetesCallers
from trainferry.gateway.reviews import Reviews

AGENT, PEOPLE = "system:serviceaccount:alice:default", "system:serviceaccount:bob:ferry-people"
# token -> whose it is, and its audiences; "" is the API server's own
TOKENS = {
    "agent": (AGENT, ["ferry-gateway"]),
    "agent-default": (AGENT, [""]),
    "foreign": (PEOPLE, ["ferry-gateway"]),
    "reader": (PEOPLE, ["ferry-share.alice"]),
    "other-reader": (PEOPLE, ["ferry-share.carol"]),
    "person": ("alice@corp", [""]),
    "stranger": ("mallory@corp", [""]),
    "vault": (AGENT, ["vault"]),
}


@dataclass
class Cluster:
    """`asked`: kinds of review, in order; `status`: answered instead, when set; `blind`: it knows no audiences."""

    asked: list[str] = field(default_factory=list)
    status: int = 0
    blind: bool = False
    own: list[str] = field(default_factory=list)  # the tokens that the gateway itself came with

    def answer(self, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        if kind == "SubjectAccessReview":
            right = {"namespace": "alice", "verb": "create", "group": "batch", "resource": "jobs"}
            return {"allowed": spec["user"] == "alice@corp" and spec["resourceAttributes"] == right}
        name, audiences = TOKENS.get(spec["token"], ("", []))
        asked = spec.get("audiences") or [""]
        fitting = [one for one in asked if one in audiences]
        if not name or not (fitting or self.blind):
            return {"authenticated": False, "user": {}}
        told = {} if self.blind or fitting == [""] else {"audiences": fitting}
        return {"authenticated": True, "user": {"username": name, "groups": ["system:authenticated"]}, **told}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def callers(cluster: Cluster, tmp_path: Path) -> Iterator[KubernetesCallers]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path.endswith(f"/v1/{body['kind'].lower()}s")
            cluster.asked.append(body["kind"])
            cluster.own.append(self.headers["Authorization"])
            answer = json.dumps({"status": cluster.answer(body["kind"], body["spec"])}).encode()
            self.send_response(cluster.status or 201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *words: object) -> None: ...

    (tmp_path / "token").write_text("gateway-1\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield KubernetesCallers(Reviews(f"http://127.0.0.1:{server.server_address[1]}", tmp_path), "alice")
        server.shutdown()


def of(callers: KubernetesCallers, *tokens: str) -> list[Caller | type[FerryError]]:
    """Who comes with these tokens, all at once."""

    async def one(token: str) -> Caller | type[FerryError]:
        headers = [(b"x-ferry-token", token.encode("latin-1"))] if token else []
        try:
            return await callers.of(HTTPConnection({"type": "http", "headers": headers}))
        except FerryError as error:
            return type(error)

    async def everybody() -> list[Caller | type[FerryError]]:
        return await asyncio.gather(*map(one, tokens))

    return asyncio.run(everybody())


@pytest.mark.parametrize(
    ("token", "who"),
    [
        ("agent", Caller(AGENT, member=True)),
        ("agent-default", Caller(AGENT, member=False)),
        ("foreign", Caller(PEOPLE, member=False)),
        ("reader", Caller(PEOPLE, member=False)),
        ("person", Caller("alice@corp", member=True)),
        ("stranger", Caller("mallory@corp", member=False)),
        ("other-reader", Nobody),
        ("vault", Nobody),
        ("nonsense", Nobody),
        ("größe", Nobody),
        ("x" * 20_000, Nobody),
        ("", Nobody),
    ],
)
def test_each_token_is_somebodys(callers: KubernetesCallers, token: str, who: Caller | type[FerryError]):
    assert of(callers, token) == [who]


def test_an_api_server_that_knows_no_audiences_makes_nobody_a_member_by_one(
    callers: KubernetesCallers, cluster: Cluster
):
    cluster.blind = True
    assert of(callers, "agent", "person", "stranger") == [
        Caller(AGENT, member=False), Caller("alice@corp", member=True), Caller("mallory@corp", member=False),
    ]  # fmt: skip


def test_a_hundred_requests_at_once_are_one_question(callers: KubernetesCallers, cluster: Cluster):
    assert of(callers, *["agent"] * 100) == [Caller(AGENT, member=True)] * 100
    assert cluster.asked == ["TokenReview"]


def test_an_answer_is_believed_for_a_while_and_then_asked_again(
    callers: KubernetesCallers, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kubernetes, "GOOD", 3600.0)
    assert of(callers, "person") == of(callers, "person")
    assert cluster.asked == ["TokenReview", "TokenReview", "SubjectAccessReview"]
    monkeypatch.setattr(kubernetes, "GOOD", 0.0)
    of(callers, "agent")
    monkeypatch.setitem(TOKENS, "agent", ("", []))
    assert of(callers, "agent") == [Nobody]


def test_only_so_many_answers_are_remembered(
    callers: KubernetesCallers, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kubernetes, "REMEMBERED", 2)
    of(callers, "agent")
    for number in range(5):
        of(callers, f"nonsense-{number}")
    assert len(callers._known) == 2
    of(callers, "agent")
    assert cluster.asked.count("TokenReview") == 1 + 2 * 5 + 1


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_cluster_that_does_not_say_is_no_refusal(callers: KubernetesCallers, cluster: Cluster, status: int):
    cluster.status = status
    assert of(callers, "agent") == [Unreachable]
    cluster.status = 0
    assert of(callers, "agent") == [Caller(AGENT, member=True)]


def test_the_gateways_own_token_is_read_anew(callers: KubernetesCallers, cluster: Cluster, tmp_path: Path):
    of(callers, "agent")
    (tmp_path / "token").write_text("gateway-2\n")
    of(callers, "stranger")
    assert (cluster.own[0], cluster.own[-1]) == ("Bearer gateway-1", "Bearer gateway-2")
