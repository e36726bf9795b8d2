"""One question to the API server and its answer, as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from trainferry.errors import Unreachable

JSON = "application/json"
APPLY = "application/apply-patch+yaml"  # JSON is YAML

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class NoAnswer(Unreachable):
    """Nothing, or half an answer, came back: what may be repeated may be asked again."""


class Expired(Unreachable):
    """410: the version or page asked for is too old; list again."""


@dataclass(frozen=True)
class Reply:
    """An answer in full. Header names as sent; `body` as received (already unpacked)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Call:
    """`path` begins with /api or /apis; `body` is sent as JSON."""

    method: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Any = None
    accept: str = JSON
    content_type: str = JSON

    @property
    def target(self) -> str:
        return self.path + ("?" + urlencode(self.query) if self.query else "")

    @property
    def payload(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body, separators=(",", ":")).encode()

    @property
    def headers(self) -> dict[str, str]:
        given = {"Accept": self.accept, "User-Agent": "trainferry"}
        if self.body is not None:
            given["Content-Type"] = self.content_type
        return given

    @property
    def verb(self) -> str:
        """The word of Kubernetes' roles: get, list, watch, create, update, patch, delete."""
        if self.method != "GET":
            return VERBS[self.method]
        if "watch" in self.query:
            return "watch"
        return "get" if self._place[2] else "list"

    @property
    def resource(self) -> str:
        """For example `jobs`, `pods/log`."""
        _, resource, _, sub = self._place
        return f"{resource}/{sub}" if sub else resource

    @property
    def namespace(self) -> str:
        return self._place[0]

    @property
    def name(self) -> str:
        return self._place[2]

    @property
    def _place(self) -> tuple[str, str, str, str]:
        """(namespace, resource, name, subresource) of a path below /api/v1 or /apis/GROUP/VERSION."""
        parts = self.path.strip("/").split("/")
        parts = parts[2:] if parts[0] == "api" else parts[3:]
        namespace = ""
        if len(parts) > 2 and parts[0] == "namespaces":
            namespace, parts = parts[1], parts[2:]
        resource, name, sub = (*parts, "", "", "")[:3]
        return namespace, resource, name, sub
