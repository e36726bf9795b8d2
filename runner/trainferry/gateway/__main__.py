"""The gateway's pod: `python -m trainferry.gateway`."""

import os
import sys
from pathlib import Path

from starlette.middleware import Middleware

from trainferry.errors import BadInput, FerryError
from trainferry.gateway import kubernetes, links
from trainferry.gateway.app import create_app
from trainferry.gateway.audit import Audit
from trainferry.gateway.wire import server
from trainferry.share.key import link_key
from trainferry.store.file import FileStore

NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def main() -> int:
    """Serves the folder FERRY_GATEWAY_ROOT on FERRY_GATEWAY_PORT until SIGTERM."""
    try:
        _serve()
    except FerryError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _serve() -> None:
    root, port = os.environ.get("FERRY_GATEWAY_ROOT", ""), os.environ.get("FERRY_GATEWAY_PORT", "8080")
    if not root or not port.isdigit():
        raise BadInput("FERRY_GATEWAY_ROOT is the folder to serve, FERRY_GATEWAY_PORT a number")
    namespace = os.environ.get("FERRY_GATEWAY_NAMESPACE") or NAMESPACE.read_text().strip()
    store, callers = FileStore(Path(root)), kubernetes.callers(namespace)
    routes = links.routes(store, link_key(store.root), callers)
    server(create_app(store, callers, routes, [Middleware(Audit)]), "0.0.0.0", int(port)).run()


if __name__ == "__main__":
    sys.exit(main())
