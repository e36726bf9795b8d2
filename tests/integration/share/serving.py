"""A whole gateway with shares, in a process of its own: `python -m tests.integration.share.serving FOLDER PORT`."""

import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

from tests.integration.gateway.serving import CALLERS
from trainferry.gateway import links
from trainferry.gateway.app import create_app
from trainferry.gateway.audit import Audit
from trainferry.gateway.wire import server
from trainferry.share.key import link_key
from trainferry.store.file import FileStore


def app(folder: Path) -> Starlette:
    store = FileStore(folder)
    return create_app(store, CALLERS, links.routes(store, link_key(folder), CALLERS), [Middleware(Audit)])


if __name__ == "__main__":
    server(app(Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2])).run()
