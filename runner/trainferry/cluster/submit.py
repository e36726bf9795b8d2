"""Create, or find that just this is there already: the same spec is the same Job."""

import json
from dataclasses import dataclass
from typing import Any

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.call import NoAnswer
from trainferry.cluster.pod import condition
from trainferry.errors import Changed
from trainferry.manifests.labels import MANAGED_BY, OURS, SPEC

Object = dict[str, Any]


@dataclass(frozen=True)
class Submitted:
    """`created` is False when just this run was there; `finished` says whether that one has ended."""

    created: bool
    uid: str = ""
    finished: bool = False


def submit(api: Api, objects: list[Object]) -> Submitted:
    """Send the objects of one run, in order; the answer is about its Job."""
    answers = [create(api, rendered) for rendered in objects]
    jobs = [answer for answer, rendered in zip(answers, objects, strict=True) if rendered["kind"] == "Job"]
    return (jobs or answers or [Submitted(False)])[-1]


def create(api: Api, rendered: Object) -> Submitted:
    """Create one object unless it is there. Raises Changed when another one has its name.

    A POST is sent only after a GET by name said that there is none: so a lost reply is no danger.
    """
    name = rendered["metadata"]["name"]
    for tries_left in reversed(range(api.limits.tries)):
        there = api.find(kinds.path_of(rendered, api.namespace, name))
        if there is not None:
            return same(there, rendered)
        try:
            made = api.request("POST", kinds.path_of(rendered, api.namespace), body=rendered)
            return Submitted(True, made["metadata"]["uid"])
        except NoAnswer:
            if not tries_left:
                raise
        except Changed:  # made by somebody else between the GET and the POST
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def same(there: Object, rendered: Object) -> Submitted:
    """That just this is there. Raises Changed when it is being deleted, somebody else's, or of another spec."""
    metadata = there["metadata"]
    what = f"{rendered['kind'].lower()} {metadata['name']}"
    space = f" -n {metadata['namespace']}" if "namespace" in metadata else ""
    if metadata.get("deletionTimestamp"):
        raise Changed(f"{what} is still being deleted", f"kubectl wait --for=delete {what.replace(' ', '/')}{space}")
    if (metadata.get("labels") or {}).get(MANAGED_BY) != OURS[MANAGED_BY]:
        raise Changed(f"{what} is there already and is not ferry's", f"kubectl get {what}{space} -o yaml")
    if _spec(there) != _spec(rendered):
        raise Changed(f"{what} is there already and was made from another spec", f"kubectl get {what}{space} -o yaml")
    done = bool(condition(there, "Complete") or condition(there, "Failed"))
    return Submitted(False, metadata["uid"], done)


def _spec(found: Object) -> Any:
    """The spec it was made from, without what does not enter the digest."""
    text = (found["metadata"].get("annotations") or {}).get(SPEC, "{}")
    try:
        return {k: v for k, v in json.loads(text).items() if k != "labels"}
    except (ValueError, AttributeError):
        return text
