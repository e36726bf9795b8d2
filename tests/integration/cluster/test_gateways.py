"""A gateway that is not there, starts, or ends again and again."""

from typing import Any

import pytest

from tests.integration.cluster.apiserver import ApiServer, status
from trainferry.cluster import gateways
from trainferry.cluster.client import Cluster
from trainferry.errors import Forbidden, Missing, Unreachable

SERVICE = "/api/v1/namespaces/alice/services/http:ferry-gateway-store:8080"
DEPLOYMENT = "/apis/apps/v1/namespaces/alice/deployments/ferry-gateway-store"
POD = "/api/v1/namespaces/alice/pods/ferry-gateway-store-1"
LABELS = {"app.kubernetes.io/component": "gateway", "trainferry.dev/claim": "store"}
DESCRIBE = (
    "   kubectl --context here -n alice describe pods -l app.kubernetes.io/component=gateway,trainferry.dev/claim=store"
)


def deployment(ready: int) -> dict[str, Any]:
    told = {"observedGeneration": 2, "updatedReplicas": 1, "availableReplicas": ready}
    return {"metadata": {"name": "ferry-gateway-store", "namespace": "alice", "generation": 2}, "status": told}


def pod(**container: Any) -> dict[str, Any]:
    states = {"containerStatuses": [{"name": "gateway", "restartCount": 0, **container}]} if container else {}
    return {"metadata": {"name": "ferry-gateway-store-1", "namespace": "alice", "labels": LABELS}, "status": states}


def test_one_that_answers_is_waited_for(server: ApiServer, cluster: Cluster):
    server.put(DEPLOYMENT, deployment(ready=1))
    server.put(SERVICE, {"metadata": {"name": "x"}})
    gateways.wait(cluster.api, "store")


def test_one_that_is_not_there_is_missing(cluster: Cluster):
    with pytest.raises(Missing) as caught:
        gateways.answers(cluster.api, "store")
    assert str(caught.value) == "claim store has no gateway in namespace alice"


def test_without_the_right_the_one_who_gives_it_is_named(server: ApiServer, cluster: Cluster):
    denied = 'services "x" is forbidden: User "me" cannot get resource "services/proxy" in API group ""'
    server.fault("GET", "/healthz", status(403, denied))
    with pytest.raises(Forbidden) as caught:
        gateways.answers(cluster.api, "store")
    assert str(caught.value) == (
        "me (context here) may not get services/proxy in namespace alice   an administrator applies the tenant's Role "
        "again, with get, create, update and delete of services/proxy http:ferry-gateway-store:8080"
    )


def test_one_without_a_pod_is_starting(server: ApiServer, cluster: Cluster):
    server.fault("GET", "/healthz", status(503, 'no endpoints available for service "ferry-gateway-store"'), times=9)
    with pytest.raises(gateways.Starting) as caught:
        gateways.answers(cluster.api, "store")
    assert str(caught.value) == f"the gateway of claim store has no pod that is ready{DESCRIBE}"


@pytest.mark.parametrize(
    ("container", "why"),
    [
        ({"restartCount": 3, "lastState": {"terminated": {"message": "Traceback\nno such folder /store"}}},
         "ends again and again: no such folder /store"),
        ({"state": {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'}}},
         'is not ready after 0 s: ImagePullBackOff: Back-off pulling image "x"'),
        ({}, "is not ready after 0 s: it does not answer"),
    ],
)  # fmt: skip
def test_one_that_does_not_become_ready_says_why(
    server: ApiServer, cluster: Cluster, container: dict[str, Any], why: str
):
    server.put(DEPLOYMENT, deployment(ready=0))
    server.put(POD, pod(**container))
    with pytest.raises(Unreachable) as caught:
        gateways.wait(cluster.api, "store", longest=0)
    assert str(caught.value) == f"the gateway of claim store {why}{DESCRIBE}"
