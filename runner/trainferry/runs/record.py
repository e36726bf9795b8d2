"""`run.json`: the intent behind a run, written once."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from trainferry.errors import Changed, Missing
from trainferry.runs import layout
from trainferry.store import ObjectInfo, Store

PARENT = "from"  # of a lineage: the run that a run was made from


@dataclass(frozen=True)
class Record:
    """What was asked, of which code, by whom; `when` in seconds since the epoch, `dirty` counts uncommitted files."""

    run: str
    spec: dict[str, Any]
    commit: str = ""
    dirty: int = 0
    who: str = ""
    when: float = 0.0
    engine: str = ""
    namespace: str = ""
    lineage: dict[str, str] = field(default_factory=dict)


def write(store: Store, record: Record) -> bool:
    """Put it unless it is there; False when the run was recorded before (what was asked first stays)."""
    try:
        store.put(layout.record(record.run), _dumps(record), if_generation=0)
    except Changed:
        return False
    return True


def keep(store: Store, record: Record) -> ObjectInfo:
    """Like `write`, but one that is there is written once more as it is, so that nobody takes it for old."""
    name, data = layout.record(record.run), _dumps(record)
    while True:
        there = store.stat(name)
        try:
            return store.put(name, store.get(name) if there else data, there.generation if there else 0)
        except (Changed, Missing):
            continue  # somebody else wrote or removed it


def read(store: Store, run: str) -> Record | None:
    """None for a run that this store has never heard of."""
    try:
        return Record(**json.loads(store.get(layout.record(run))))
    except Missing:
        return None


def runs(store: Store) -> list[str]:
    """The full names of all runs of the store."""
    names = (info.name.split("/") for info in store.list("runs/"))
    return sorted({parts[1] for parts in names if parts[-1] in ("run.json", "output.json")})


def _dumps(record: Record) -> bytes:
    return json.dumps(asdict(record), sort_keys=True).encode()
