"""The way of people to a gateway: which address, and whose token it sees."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.cluster.apiserver import ApiServer, status
from tests.integration.cluster.conftest import IMPATIENT
from trainferry.cluster import door as doors
from trainferry.cluster.client import Cluster, connect
from trainferry.cluster.door import door, readers_door
from trainferry.errors import Forbidden, Missing

TOKEN = "/serviceaccounts/ferry-people/token"


@pytest.fixture
def certified(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A context without a token."""
    path = server.kubeconfig(tmp_path)
    config = json.loads(path.read_text())
    config["users"][0]["user"] = {}
    path.write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return connect("here", "alice", IMPATIENT)


def test_a_context_with_a_token_shows_it_to_its_own_gateway(server: ApiServer, cluster: Cluster):
    way = door(cluster.api, "store")
    assert way.base == f"{server.url}/api/v1/namespaces/alice/services/http:ferry-gateway-store:8080/proxy"
    assert way.headers() == {"Authorization": "Bearer secret", "X-Ferry-Token": "secret"}
    assert server.asked == []


def test_a_context_without_one_asks_for_one_that_only_gateways_take(server: ApiServer, certified: Cluster):
    way = door(certified.api, "store")
    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda _: way.headers(), range(40)))
    assert shown == [{"X-Ferry-Token": "ferry-people for ferry-gateway #1"}] * 40
    assert [(method, path) for method, path, _ in server.asked] == [("POST", f"/api/v1/namespaces/alice{TOKEN}")]


def test_a_token_is_asked_for_again_before_it_ends(
    server: ApiServer, certified: Cluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doors, "MARGIN", float(doors.SECONDS))
    way = door(certified.api, "store")
    assert [way.headers()["X-Ferry-Token"][-2:] for _ in range(2)] == ["#1", "#2"]


def test_an_ingress_never_sees_the_clusters_credentials(server: ApiServer, cluster: Cluster):
    way = door(cluster.api, "store", "https://ferry.example.com")
    assert way.base == "https://ferry.example.com"
    assert way.headers() == {"X-Ferry-Token": "ferry-people for ferry-gateway #1"}


def test_another_namespaces_gateway_sees_a_token_that_is_good_there_only(server: ApiServer, cluster: Cluster):
    way = readers_door(cluster.api, "store", "bob")
    assert "/namespaces/bob/services/http:ferry-gateway-store:8080/proxy" in way.base
    assert way.headers()["X-Ferry-Token"] == "ferry-people for ferry-share.bob #1"
    assert server.asked[0][1] == f"/api/v1/namespaces/alice{TOKEN}"


@pytest.mark.parametrize("code", [403, 404])
def test_who_has_no_namespace_of_ferrys_shows_their_own(server: ApiServer, cluster: Cluster, code: int):
    server.fault("POST", TOKEN, status(code, 'serviceaccounts "ferry-people" not found'), times=9)
    assert readers_door(cluster.api, "store", "bob").headers()["X-Ferry-Token"] == "secret"


def test_what_the_namespace_lacks_is_one_line_with_who_gives_it(server: ApiServer, certified: Cluster):
    server.fault("POST", TOKEN, status(404, 'serviceaccounts "ferry-people" not found'))
    with pytest.raises(Missing) as missing:
        door(certified.api, "store").headers()
    assert str(missing.value) == (
        "context here needs a token for the gateway and namespace alice has no service account ferry-people"
        "   an administrator makes it: kubectl -n alice create serviceaccount ferry-people"
    )
    denied = 'serviceaccounts "ferry-people" is forbidden: User "me" cannot create resource "serviceaccounts/token"'
    server.fault("POST", TOKEN, status(403, denied))
    with pytest.raises(Forbidden) as forbidden:
        door(certified.api, "store").headers()
    assert str(forbidden.value) == (
        "context here needs a token for the gateway and may not ask for one of ferry-people in namespace alice"
        "   an administrator gives the right: create serviceaccounts/token ferry-people -n alice"
    )
