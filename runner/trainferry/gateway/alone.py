"""The gateway of a folder on this machine: links on the loopback, and nothing else."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trainferry.errors import FerryError
from trainferry.gateway import links
from trainferry.gateway.answers import refused
from trainferry.gateway.audit import Audit
from trainferry.store.file import FileStore


def links_app(store: FileStore, key: bytes) -> Starlette:
    """No object protocol: whoever is on this machine could use it."""
    app = Starlette(
        routes=[Route("/healthz", _healthy), *links.public(store, key)],
        middleware=[Middleware(Audit)],
        exception_handlers=dict.fromkeys((FerryError, OSError, ClientDisconnect), refused),
    )
    app.state.store = store
    return app


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok\n")
