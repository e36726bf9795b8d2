"""The gateway's two questions to the API server, as the pod's own service account."""

import json
import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3

from trainferry.errors import Unreachable

POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECONDS = 10.0
AGAIN = urllib3.Retry(2, redirect=0, allowed_methods=None, backoff_factor=0.1)  # a review changes nothing
RIGHTS = "kubectl get clusterrolebindings -o wide | grep ferry-gateway"


class Reviews:
    """One API server. The pod's token is read anew for every question, and its authority whenever the file changed."""

    def __init__(self, server: str, folder: Path = POD) -> None:
        self._server, self._folder = server, folder
        self._trusted: tuple[int, urllib3.PoolManager] | None = None

    def token(self, token: str, audiences: Sequence[str]) -> dict[str, Any] | None:
        """TokenReview: {"user": ..., "audiences": those of the asked ones that it is for}; None when it is nobody's.

        Without `audiences` the API server's own is asked for. Raises Unreachable.
        """
        spec = {"token": token, **({"audiences": list(audiences)} if audiences else {})}
        status = self._asked("authentication.k8s.io", "TokenReview", spec)
        # an API server that knows no audiences answers for its own, and says so by naming none
        told = [audience for audience in status.get("audiences") or [] if audience in audiences]
        if not status.get("authenticated") or (audiences and not told):
            return None
        return {"user": status["user"], "audiences": told}

    def may_create_jobs(self, user: Mapping[str, Any], namespace: str) -> bool:
        """SubjectAccessReview for a TokenReview's user. Raises Unreachable."""
        asked = {"namespace": namespace, "verb": "create", "group": "batch", "resource": "jobs"}
        who = {"user": user["username"], "groups": user.get("groups") or [], "uid": user.get("uid") or ""}
        spec = {**who, "extra": user.get("extra") or {}, "resourceAttributes": asked}
        return bool(self._asked("authorization.k8s.io", "SubjectAccessReview", spec).get("allowed"))

    def _asked(self, group: str, kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The `status` of the answer."""
        body = {"apiVersion": f"{group}/v1", "kind": kind, "spec": spec}
        path = f"{self._server}/apis/{group}/v1/{kind.lower()}s"
        try:
            own = (self._folder / "token").read_text().strip()
            headers = {"Authorization": f"Bearer {own}", "Content-Type": "application/json"}
            answer = self._pool().request(
                "POST",
                path,
                body=json.dumps(body).encode(),
                headers=headers,
                timeout=SECONDS,
                retries=1,
                redirect=False,
            )
            found = json.loads(answer.data) if answer.status < 300 else {}
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unreachable(f"the gateway cannot ask the API server who you are: {type(error).__name__}") from error
        if answer.status in (401, 403):
            raise Unreachable(f"the gateway may not ask the API server who you are ({kind}: {answer.status})", RIGHTS)
        if not isinstance(found.get("status"), dict):
            raise Unreachable(f"the API server does not tell the gateway who you are ({kind}: {answer.status})")
        return dict(found["status"])

    def _pool(self) -> urllib3.PoolManager:
        if not self._server.startswith("https"):
            return urllib3.PoolManager()
        changed = (self._folder / "ca.crt").stat().st_mtime_ns
        if self._trusted is None or self._trusted[0] != changed:
            context = ssl.create_default_context(cafile=str(self._folder / "ca.crt"))
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # many clusters' own authorities are older than these rules
            self._trusted = (changed, urllib3.PoolManager(ssl_context=context, maxsize=8))
        return self._trusted[1]


def of_this_pod() -> Reviews:
    """The API server that the kubelet names to every pod."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return Reviews(f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}")
