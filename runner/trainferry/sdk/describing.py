"""What `describe` tells of a run, as plain JSON values."""

import json
import time
from dataclasses import asdict
from typing import Any

from trainferry.errors import BadInput
from trainferry.runs.manifest import Attempt, OutputManifest
from trainferry.runs.phases import Status
from trainferry.runs.record import Record
from trainferry.spec.runspec import RunSpec

SPEC_ANNOTATION = "trainferry.dev/spec"


def spec_of(rendered: dict[str, Any], source: str = "-") -> RunSpec:
    """The spec inside a rendered Job. Raises BadInput for objects that are not ours or were changed by hand."""
    metadata = _table(rendered.get("metadata"))
    what = f"{source}: {rendered.get('kind', '?')}/{metadata.get('name', '?')}"
    spec = _table(metadata.get("annotations")).get(SPEC_ANNOTATION)
    if rendered.get("kind") != "Job" or spec is None:
        raise BadInput(f"{what} was not rendered by ferry", "kubectl apply -f sends anything")
    try:
        found = RunSpec.from_dict(json.loads(spec))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{what}: its annotation {SPEC_ANNOTATION} was changed", "ferry render -- COMMAND") from error
    if found.full_name != metadata.get("name"):
        raise BadInput(f"{what} was changed after it was rendered as {found.full_name}", "ferry render -- COMMAND")
    return found


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def description(run: str, status: Status, manifest: OutputManifest, record: Record | None) -> dict[str, Any]:
    """One nested dict: run, status, record, attempts, output."""
    return {
        "run": run,
        "status": {k: v for k, v in asdict(status).items() if v not in ("", None)},
        "record": _asked(record) if record else None,
        "attempts": [_attempt(attempt) for attempt in manifest.attempts],
        "output": {
            "complete": manifest.complete,
            "files": len(manifest.files),
            "bytes": sum(file.size for file in manifest.files.values()),
        },
    }


def _asked(record: Record) -> dict[str, Any]:
    """Without an empty lineage."""
    told = {**asdict(record), "when": _moment(record.when)}
    return {key: value for key, value in told.items() if value or key != "lineage"}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    ended = {k: v for k, v in asdict(attempt.verdict).items() if v not in ("", 0, False)} if attempt.verdict else None
    return {
        "number": attempt.number,
        "node": attempt.node,
        "started": _moment(attempt.started),
        "verdict": {**ended, "ended": _moment(ended.get("ended", 0))} if ended else None,
    }


def _moment(seconds: float) -> str:
    """As in Kubernetes' objects: 2026-11-24T20:30:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
