"""What the API server's refusals mean, as one line each."""

import json
import re
from typing import Any

from trainferry.cluster.call import Call, Expired, Reply
from trainferry.errors import BadInput, Changed, FerryError, Forbidden, Full, Missing, Unreachable

RBAC = re.compile(r'User "(?P<user>[^"]*)" cannot \w+ resource')
NO_NAMESPACE = re.compile(r'namespaces? "(?P<namespace>[^"]*)" not found')


def refusal(reply: Reply, call: Call, context: str, server: str) -> FerryError:
    """The error for a reply with a status of 400 and more."""
    status = status_of(reply)
    message = _first_line(str(status.get("message", "")))
    if not status and reply.status != 404:  # a group that is not installed is a 404 in plain text
        return Unreachable(f"{server} (context {context}) answered {reply.status}, not as a Kubernetes API server does")
    match reply.status:
        case 401:
            who = f"kubectl --context {context} auth whoami"
            return Unreachable(f"{server}: the credentials of context {context} were refused", who)
        case 403:
            return _forbidden(message, call, context)
        case 404:
            return _missing(message, call, context)
        case 409:
            return _conflict(message)
        case 410:
            return Expired(message)
        case 400 | 405 | 406 | 413 | 415 | 422:
            return _invalid(status, message, call)
    return Unreachable(f"{server} (context {context}) cannot answer now: {reply.status} {message}".rstrip())


def status_of(reply: Reply) -> dict[str, Any]:
    """The body as Kubernetes' Status object; empty when it is something else, such as a proxy's page."""
    try:
        status = json.loads(reply.body)
    except ValueError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def _forbidden(message: str, call: Call, context: str) -> FerryError:
    """Not allowed by a role, refused by an admission plugin, or over quota: all three are 403."""
    if "exceeded quota" in message or "is forbidden: maximum" in message:
        return Full(message, f"kubectl --context {context} describe quota -n {call.namespace}")
    rbac = RBAC.search(message)
    if not rbac:
        return Forbidden(message or f"context {context} may not {call.verb} {call.resource}")
    where = f"in namespace {call.namespace}" if call.namespace else "in the cluster"
    space = f" -n {call.namespace}" if call.namespace else ""
    return Forbidden(
        f"{rbac['user']} (context {context}) may not {call.verb} {call.resource} {where}",
        f"kubectl --context {context} auth can-i {call.verb} {call.resource}{space}",
    )


def _missing(message: str, call: Call, context: str) -> FerryError:
    space = NO_NAMESPACE.search(message)
    if space:
        hint = f"kubectl --context {context} get namespaces"
        return Missing(f"no namespace {space['namespace']} in the cluster of context {context}", hint)
    if "could not find the requested resource" in message or not message:
        return Missing(f"the cluster of context {context} does not serve {call.path}", "kubectl api-resources")
    return Missing(message)


def _conflict(message: str) -> FerryError:
    if "being terminated" in message or "being deleted" in message:
        return Changed(f"{message}", "try again when it is gone")
    return Changed(message)


def _invalid(status: dict[str, Any], message: str, call: Call) -> BadInput:
    """The field that is wrong, where the server names one; a webhook's own words as they are."""
    details = status.get("details") or {}
    causes = [cause for cause in details.get("causes") or [] if cause.get("field")]
    if not causes:
        return BadInput(message or f"{call.verb} {call.resource} was refused")
    what = f"{details.get('kind', call.resource)} {details.get('name', '')}".strip()
    return BadInput(f"{what}: {causes[0]['field']}: {_first_line(causes[0].get('message', ''))}")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
