"""Who is calling, as far as the gateway cares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection

from trainferry.errors import Forbidden

TOKEN = "x-ferry-token"


@dataclass(frozen=True)
class Caller:
    """`member`: may use every object; others only the shares made out to them."""

    name: str
    member: bool


class Nobody(Forbidden):
    """No token, or none that anybody knows: 401."""


class Callers(Protocol):
    async def of(self, request: HTTPConnection) -> Caller:
        """Who sent it. Raises Nobody, Forbidden (known, and not allowed here), Unreachable."""


class Known:
    """A table of tokens: for tests, and for a gateway on the loopback that made its tokens itself."""

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = dict(callers)

    async def of(self, request: HTTPConnection) -> Caller:
        found = self._callers.get(token(request))
        if found is None:
            raise Nobody("the token is not one of this gateway's")
        return found


def token(request: HTTPConnection) -> str:
    """The token as it was sent, never written anywhere. Raises Nobody."""
    found = request.headers.get(TOKEN, "")
    if not found:
        raise Nobody("who is calling? there is no X-Ferry-Token")
    return found
