"""Where runs come from: the run that each was made from, and what was said anew."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trainferry.runs import recipe, record
from trainferry.runs.record import PARENT, Record
from trainferry.store import Store

MOST = 16  # generations that are told


def lineage(store: Store, told: Record | None) -> list[dict[str, Any]]:
    """Parent first, then its parent: `from` and what `changed`, which nobody knows of a parent that was purged."""
    found: list[dict[str, Any]] = []
    while told and (name := told.lineage.get(PARENT)) and len(found) < MOST:
        parent = record.read(store, name)
        found.append({"from": name, "changed": _changed(parent, told)} if parent else {"from": name})
        told = parent
    return found


def origins(store: Store, runs: Sequence[str]) -> dict[str, str]:
    """The parents of those runs that have one."""
    with ThreadPoolExecutor(16) as pool:
        records = pool.map(lambda run: record.read(store, run), runs)
        return {told.run: told.lineage[PARENT] for told in records if told and PARENT in told.lineage}


def _changed(parent: Record, told: Record) -> list[str]:
    before, after = parent.spec.get("resources", {}), told.spec.get("resources", {})
    names = [name for name in after if after[name] != before.get(name)]
    asked = [f"{name.replace('_', ' ')} {after[name] or 'none'}, was {before.get(name) or 'none'}" for name in names]
    return [*recipe.differences(parent, told), *asked]
