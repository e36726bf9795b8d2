"""The gateway as one ASGI application, on whatever a FileStore and somebody who knows the callers are given."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from trainferry.errors import FerryError, Forbidden
from trainferry.gateway.answers import refused
from trainferry.gateway.callers import Callers
from trainferry.gateway.objects import Objects
from trainferry.gateway.packs import Packs
from trainferry.gateway.uploads import Uploads
from trainferry.store.file import FileStore

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    store: FileStore, callers: Callers, routes: Sequence[BaseRoute] = (), middleware: Sequence[Middleware] = ()
) -> Starlette:
    """Objects for members, `routes` for whom they please. `request.state.caller` names who called."""
    for_members = [
        Route(route.path, members_only(callers, route.endpoint), methods=sorted(route.methods or ()))
        for part in (Objects(store), Uploads(store), Packs(store))
        for route in part.routes()
    ]
    app = Starlette(
        routes=[Route("/healthz", _healthy), *for_members, *routes],
        middleware=list(middleware),
        exception_handlers=dict.fromkeys((FerryError, OSError, ClientDisconnect), refused),
    )
    app.state.store, app.state.callers = store, callers
    return app


def members_only(callers: Callers, endpoint: Endpoint) -> Endpoint:
    """The endpoint, for who may use every object. Raises Forbidden."""

    async def checked(request: Request) -> Response:
        caller = await callers.of(request)
        request.state.caller = caller.name
        if not caller.member:
            raise Forbidden(f"{caller.name} may open only what is shared with them here")
        return await endpoint(request)

    return checked


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok\n")
