"""`ferry apply` and `--dry-run=server`: create-or-same for Jobs, server-side apply for what may change."""

from typing import Any

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.call import APPLY
from trainferry.cluster.submit import Submitted, create, same

Object = dict[str, Any]

MANAGER = "trainferry"


def apply(api: Api, objects: list[Object]) -> list[Submitted]:
    """Send objects of our kinds in order. A Job never changes; others that are there take the given form."""
    return [create(api, one) if one["kind"] == "Job" else _put(api, one) for one in objects]


def server_dry_run(api: Api, objects: list[Object]) -> list[str]:
    """Ask for everything the server checks, admission included, and create nothing; returns its warnings.

    Raises what `apply` would raise.
    """
    heard: list[str] = []
    query = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": MANAGER}
    for one in objects:
        there = api.find(kinds.path_of(one, api.namespace, one["metadata"]["name"]))
        if there is not None:
            same(there, one)
        else:
            api.request("POST", kinds.path_of(one, api.namespace), query, one, warn=heard.append)
    return heard


def _put(api: Api, rendered: Object) -> Submitted:
    path = kinds.path_of(rendered, api.namespace, rendered["metadata"]["name"])
    if api.find(path) is None:
        return create(api, rendered)
    query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
    made = api.request("PATCH", path, query, rendered, content_type=APPLY)
    return Submitted(False, made["metadata"]["uid"])
