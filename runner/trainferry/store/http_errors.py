"""What a gateway's refusals mean, and those of whatever stands between: one line each, with the next command."""

import json
import re
from collections.abc import Mapping
from typing import Any

from trainferry import errors
from trainferry.errors import Changed, FerryError, Forbidden, Missing, Unreachable

GATEWAY = "volume:"  # what a gateway calls its own store
ERROR = "X-Ferry-Error"  # the class of errors.py; without it the answer is not the gateway's
_OBJECT = re.compile(rf"no object (.*) in {GATEWAY}")
_OWN = re.compile(rf"{GATEWAY}(?=(:)?)")
_PROXY = re.compile(r"/namespaces/([^/]+)/services/")


def refusal(status: int, headers: Mapping[str, str], body: bytes, about: str, base: str) -> FerryError:
    """The error of an answer with a status of 400 and more. `about`: the user's url; `base`: the door that was used."""
    name = headers.get(ERROR, "")
    if not name:
        return _between(status, about, base)
    try:
        said = dict(json.loads(body))
    except (ValueError, TypeError):
        said = {}
    return told({**said, "error": name}, about)


def told(said: Mapping[str, Any], about: str) -> FerryError:
    """The gateway's own error, about the url that the user knows."""
    kind = getattr(errors, str(said.get("error", "")), None)
    if not isinstance(kind, type) or not issubclass(kind, FerryError):
        kind = Unreachable
    if kind is Changed:
        return Changed(f"{about} was changed by somebody else")
    message = _OBJECT.sub(rf"no object {GATEWAY}/\1", str(said.get("message", "")))
    message = _OWN.sub(lambda found: about if found[1] else claim(about), message)
    if claim(about) not in message:
        message = f"{about}: {message or 'the gateway refuses'}"
    return kind(message, str(said.get("hint", "")))


def silence(error: Exception, about: str) -> Unreachable:
    """No answer at all, or half of one."""
    return Unreachable(f"{about}: no answer from the gateway ({_short(error)})", "ferry doctor")


def foreign(about: str) -> Unreachable:
    """A good answer, but not a gateway's."""
    return Unreachable(f"{about}: what answers is no gateway", "ferry doctor")


def claim(url: str) -> str:
    """`volume://claim` of anything in it."""
    return "/".join(url.split("/")[:3])


def _between(status: int, about: str, base: str) -> FerryError:
    """An answer of the API server or of a proxy: the gateway was not asked."""
    found = _PROXY.search(base)
    space = f" in namespace {found[1]}" if found else ""
    if status == 401:
        return Forbidden(f"{about}: the cluster does not know who you are", "kubectl auth whoami")
    if status == 403:
        may = "kubectl auth can-i get services/proxy" + (f" -n {found[1]}" if found else "")
        return Forbidden(f"{about}: the right `get` on services/proxy{space} is missing", may)
    if status == 404:
        return Missing(f"no gateway for {claim(about)}{space}", f"ferry init --store {claim(about)}")
    if status == 413:
        return errors.BadInput(f"{about}: something on the way refuses bodies of this size")
    return Unreachable(f"{about}: the gateway does not answer ({status})", "ferry doctor")


def _short(error: BaseException) -> str:
    """The innermost reason: `Connection refused` rather than a chain of wrappers."""
    while True:
        inside = (error.__cause__, getattr(error, "reason", None), *error.args)
        inner = next((one for one in inside if isinstance(one, BaseException)), None)
        if inner is None:
            break
        error = inner
    text = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip().partition("\n")[0])
    return re.sub(r"\W*\(.*", "", text.rpartition(": ")[2]).strip("'\")")[:200] or type(error).__name__
