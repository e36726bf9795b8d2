"""The process of a gateway whose callers are a table: `python -m tests.integration.gateway.serving FOLDER PORT`."""

import sys
from pathlib import Path

from starlette.applications import Starlette

from trainferry.gateway.app import create_app
from trainferry.gateway.callers import Caller, Known
from trainferry.gateway.wire import server
from trainferry.store.file import FileStore

MEMBER, BOB = "member-token-3f9c", "bob-token-81aa"
CALLERS = Known(
    {
        MEMBER: Caller("system:serviceaccount:team:ferry-agent", member=True),
        BOB: Caller("bob", member=False),
    }
)


def app(folder: Path) -> Starlette:
    return create_app(FileStore(folder), CALLERS)


def serve(made: Starlette, port: int) -> None:
    server(made, "127.0.0.1", port, grace=5).run()


if __name__ == "__main__":
    serve(app(Path(sys.argv[1])), int(sys.argv[2]))
