"""`ferry apply` and `--dry-run=server`: create-or-same for Jobs, server-side apply for what may change."""

from typing import Any

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.call import APPLY
from trainferry.cluster.submit import Submitted, create, same
from trainferry.errors import Changed

Object = dict[str, Any]

MANAGER = "trainferry"


def apply(api: Api, objects: list[Object]) -> list[Submitted]:
    """Send objects of our kinds in order. A Job never changes; the others take the given form."""
    return [create(api, one) if one["kind"] == "Job" else _put(api, one, {})[0] for one in objects]


def server_dry_run(api: Api, objects: list[Object]) -> list[str]:
    """Ask for everything the server checks, admission included, and create nothing; returns its warnings.

    Raises what `apply` would raise.
    """
    warnings: list[str] = []
    for one in objects:
        warnings += _job_dry(api, one) if one["kind"] == "Job" else _put(api, one, {"dryRun": "All"})[1]
    return warnings


def _job_dry(api: Api, rendered: Object) -> list[str]:
    heard: list[str] = []
    query = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": MANAGER}
    try:
        api.request("POST", kinds.path_of(rendered, api.namespace), query, rendered, warn=heard.append)
    except Changed:
        same(api.get(kinds.path_of(rendered, api.namespace, rendered["metadata"]["name"])), rendered)
    return heard


def _put(api: Api, rendered: Object, query: dict[str, str]) -> tuple[Submitted, list[str]]:
    heard: list[str] = []
    path = kinds.path_of(rendered, api.namespace, rendered["metadata"]["name"])
    asked = {"fieldManager": MANAGER, "fieldValidation": "Strict", **query}
    made = api.request("PATCH", path, asked, rendered, content_type=APPLY, warn=heard.append)
    return Submitted(made["metadata"].get("generation", 1) == 1, made["metadata"].get("uid", "")), heard
