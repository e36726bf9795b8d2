"""What `describe` tells of a run, as plain JSON values."""

import json
from dataclasses import asdict
from typing import Any

from trainferry.errors import BadInput
from trainferry.runs.manifest import Attempt, OutputManifest
from trainferry.runs.phases import Status
from trainferry.runs.record import Record
from trainferry.spec.runspec import RunSpec

SPEC_ANNOTATION = "trainferry.dev/spec"


def spec_of(rendered: dict[str, Any]) -> RunSpec:
    """The spec inside a rendered Job. Raises BadInput for objects that are not ours or were changed by hand."""
    metadata = rendered.get("metadata", {})
    name, spec = metadata.get("name", "?"), (metadata.get("annotations") or {}).get(SPEC_ANNOTATION)
    if rendered.get("kind") != "Job" or spec is None:
        raise BadInput(f"{rendered.get('kind', '?')}/{name} was not rendered by ferry", "ferry render -- COMMAND")
    found = RunSpec.from_dict(json.loads(spec))
    if found.full_name != name:
        raise BadInput(f"Job/{name} was changed after it was rendered ({found.full_name})", "ferry render -- COMMAND")
    return found


def description(run: str, status: Status, manifest: OutputManifest, record: Record | None) -> dict[str, Any]:
    """One nested dict: run, status, record, attempts, output."""
    return {
        "run": run,
        "status": {k: v for k, v in asdict(status).items() if v not in ("", None)},
        "record": asdict(record) if record else None,
        "attempts": [_attempt(attempt) for attempt in manifest.attempts],
        "output": {
            "complete": manifest.complete,
            "files": len(manifest.files),
            "bytes": sum(file.size for file in manifest.files.values()),
        },
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    ended = {k: v for k, v in asdict(attempt.verdict).items() if v not in ("", 0, False)} if attempt.verdict else None
    return {"number": attempt.number, "node": attempt.node, "started": attempt.started, "verdict": ended}
