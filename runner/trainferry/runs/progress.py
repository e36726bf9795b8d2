"""How far a run has come, in its own words: the last line of its metrics.jsonl."""

import json
from typing import Any

from trainferry.runs import reader
from trainferry.runs.manifest import StoredFile
from trainferry.store import Store

LAST = 64 << 10  # bytes from the end that are read
COUNTERS = (("epoch", "epochs"), ("step", "steps"))  # a counter and the name of its end


def last_metrics(store: Store, run: str) -> dict[str, Any]:
    """The newest whole line of the newest metrics.jsonl, {} while there is none."""
    found = [file for path, file in reader.files(store, run).items() if path.rpartition("/")[2] == "metrics.jsonl"]
    return _last_line(store, max(found, key=lambda file: file.mtime)) if found else {}


def progress(store: Store, run: str) -> str:
    """For people, for example `epoch 7/15  accuracy 0.681`; "" while nothing is known."""
    metrics = last_metrics(store, run)
    counters = [_counter(metrics, name, end) for name, end in COUNTERS if isinstance(metrics.get(name), int)]
    numbers = [f"{name} {value:.4g}" for name, value in metrics.items() if isinstance(value, float)]
    return "  ".join(counters[:1] + numbers[:2])


def _counter(metrics: dict[str, Any], name: str, end: str) -> str:
    return f"{name} {metrics[name]}/{metrics[end]}" if isinstance(metrics.get(end), int) else f"{name} {metrics[name]}"


def _last_line(store: Store, file: StoredFile) -> dict[str, Any]:
    tail = b"".join(reader.pieces(store, file, max(0, file.size - LAST)))
    whole, _, _ = tail.rpartition(b"\n")  # what is behind it is still being written
    try:
        told = json.loads(whole.rpartition(b"\n")[2] or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
