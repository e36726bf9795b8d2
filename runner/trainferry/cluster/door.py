"""The way of people to a gateway: the API server's service proxy, or an ingress that was set up for it.

The API server drops `Authorization` on the way, so the gateway gets a token of its own to look at: the one that the
context signs in with; from contexts that have none (client certificates), and wherever somebody else than the own
namespace would see it, a token that is good at that gateway and nowhere else, asked for (TokenRequest) as the
ServiceAccount `ferry-people` of the user's namespace.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3

from trainferry.cluster.api import Api
from trainferry.cluster.plain import CONNECTIONS, Access
from trainferry.errors import Forbidden, Missing
from trainferry.manifests.gateway import PEOPLE
from trainferry.spec import volume
from trainferry.spec.volume import Volume
from trainferry.store.http import Door

SECONDS = 3600  # that an asked-for token is good for; the API server gives no less than ten minutes
MARGIN = 300.0  # seconds before its end from which on it is not used
BEARER = "Bearer "


def door(api: Api, claim: str, public: str = "") -> Door:
    """To the gateway of a claim of the own namespace, through the cluster or at its `public` address."""
    asked = Asked(api, volume.AUDIENCE)
    if public:
        return Door(public, urllib3.PoolManager(maxsize=CONNECTIONS), lambda: {volume.TOKEN_HEADER: asked.token()})
    access = api.channel.access
    return _proxied(access, api.namespace, claim, lambda: _own(access) or asked.token())


def readers_door(api: Api, claim: str, namespace: str) -> Door:
    """To the shares at another namespace's gateway. Who has no namespace of ferry's shows the context's own token."""
    access, asked = api.channel.access, Asked(api, volume.readers_audience(namespace))

    def token() -> str:
        try:
            return asked.token()
        except (Forbidden, Missing):
            if own := _own(access):
                return own
            raise

    return _proxied(access, namespace, claim, token)


def _proxied(access: Access, namespace: str, claim: str, token: Callable[[], str]) -> Door:
    base = f"{access.server}/api/v1/namespaces/{namespace}/services/{Volume(claim).proxied}/proxy"
    return Door(base, access.pool, lambda: {**access.headers(), volume.TOKEN_HEADER: token()})


def _own(access: Access) -> str:
    """The bearer token that the context signs in with; "" when it signs in otherwise."""
    sent = next((value for name, value in access.headers().items() if name.lower() == "authorization"), "")
    return sent.removeprefix(BEARER) if sent.startswith(BEARER) else ""


class Asked:
    """A token of `ferry-people` for one audience, asked for when it is needed and again before it ends."""

    def __init__(self, api: Api, audience: str) -> None:
        self._api, self._audience = api, audience
        self._token, self._until = "", 0.0
        self._lock = threading.Lock()

    def token(self) -> str:
        """Raises Forbidden or Missing, one line that says what the namespace lacks."""
        with self._lock:
            if time.monotonic() >= self._until:
                status = self._request()
                self._token, self._until = status["token"], time.monotonic() + SECONDS - MARGIN
            return self._token

    def _request(self) -> Any:
        space = self._api.namespace
        path = f"/api/v1/namespaces/{space}/serviceaccounts/{PEOPLE}/token"
        spec = {"audiences": [self._audience], "expirationSeconds": SECONDS}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        who = f"context {self._api.context} needs a token for the gateway"
        try:
            return self._api.request("POST", path, body=body)["status"]
        except Forbidden as error:
            hint = f"an administrator gives the right: create serviceaccounts/token {PEOPLE} -n {space}"
            raise Forbidden(f"{who} and may not ask for one of {PEOPLE} in namespace {space}", hint) from error
        except Missing as error:
            hint = f"an administrator makes it: kubectl -n {space} create serviceaccount {PEOPLE}"
            raise Missing(f"{who} and namespace {space} has no service account {PEOPLE}", hint) from error
