"""Errors as HTTP answers, objects as JSON, and what requests say in headers and parameters."""

import json
import re
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from trainferry.errors import BadInput, Changed, Corrupt, FerryError, Forbidden, Full, Missing, Unreachable
from trainferry.gateway.callers import Nobody
from trainferry.store.file import FileStore
from trainferry.store.http_errors import GATEWAY
from trainferry.store.os_errors import translate
from trainferry.store.protocol import ObjectInfo

CONTROL = 1 << 20  # bytes of a JSON body
_STATUS: dict[type[FerryError], int] = {
    Nobody: 401,
    Forbidden: 403,
    Missing: 404,
    BadInput: 400,
    Changed: 412,
    Corrupt: 422,
    Full: 507,
    Unreachable: 503,
}
_CRC = re.compile(r"[0-9a-f]{8}")
_NUMBER = re.compile(r"[0-9]{1,19}")


async def refused(request: Request, error: Exception) -> Response:
    """The answer for an error of ours; clients read its class from X-Ferry-Error."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)  # nobody reads it
    told = ours(error)
    message, hint = shown(request.app.state.store, told)
    return JSONResponse({"message": message, "hint": hint}, status(told), {"X-Ferry-Error": kind(told)})


def ours(error: Exception) -> FerryError:
    """Any error as one of ours."""
    if isinstance(error, OSError):
        return translate(error, "the gateway's folder")
    return error if isinstance(error, FerryError) else Unreachable("the gateway made a mistake")


def kind(error: FerryError) -> str:
    """The name of its class in trainferry.errors."""
    return next(one.__name__ for one in type(error).__mro__ if one.__module__ == FerryError.__module__)


def shown(store: FileStore, error: FerryError) -> tuple[str, str]:
    """Message and hint, without the folder that the store is in."""
    return error.message.replace(store.url, GATEWAY).replace(str(store.root), GATEWAY), error.hint


def status(error: FerryError) -> int:
    """The HTTP status of an error of ours."""
    return next((_STATUS[one] for one in type(error).__mro__ if one in _STATUS), 500)


def described(info: ObjectInfo) -> dict[str, Any]:
    """An object as JSON; its crc32c in 8 hex digits."""
    fields = {"name": info.name, "size": info.size, "generation": info.generation}
    return {**fields, "crc32c": f"{info.crc32c:08x}", "updated": info.updated}


def parameter(request: Request, name: str) -> str:
    """A parameter that must be there. Raises BadInput."""
    found = request.query_params.get(name)
    if found is None:
        raise BadInput(f"{request.url.path} needs the parameter {name}")
    return found


def number(value: object, name: str) -> int | None:
    """A whole number from 0, as text or JSON; None for None. Raises BadInput."""
    if value is None:
        return None
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise BadInput(f"{name}: {str(value)[:40]!r} is not a whole number")
    return int(str(value))


def crc32c(value: object) -> int:
    """8 hex digits. Raises BadInput."""
    if not isinstance(value, str) or not _CRC.fullmatch(value):
        raise BadInput("the crc32c of the bytes is 8 hex digits")
    return int(value, 16)


async def control(request: Request) -> dict[str, Any]:
    """A JSON object of at most 1 MiB. Raises BadInput."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > CONTROL:
            raise BadInput(f"{request.url.path}: more than {CONTROL} bytes of JSON")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(f"{request.url.path}: the body is not a JSON object")
    return found


def text(order: dict[str, Any], key: str) -> str:
    """A text in a JSON object. Raises BadInput."""
    found = order.get(key)
    if not isinstance(found, str):
        raise BadInput(f"{key}: a text is missing")
    return found
