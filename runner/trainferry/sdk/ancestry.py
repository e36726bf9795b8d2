"""Where runs come from: the run that each was made from, and what was said anew."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trainferry.errors import BadInput
from trainferry.runs import recipe, record
from trainferry.runs.record import PARENT, Record
from trainferry.ship.mentions import within
from trainferry.ship.snapshot import Snapshot
from trainferry.spec import weights
from trainferry.spec.runspec import RunSpec
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


def check_weights(spec: RunSpec, code: Snapshot, parent: str) -> None:
    """Raises BadInput where the parent's class weights would change nothing, since today's code does not read them."""
    placed = any(weights.PLACEHOLDER in word for word in spec.command)
    if not placed and not within(code.path.read_bytes(), (weights.VARIABLE,)):
        message = f"{parent} has class weights, and today's code takes none: neither {weights.PLACEHOLDER} in its "
        raise BadInput(f"{message}command nor {weights.VARIABLE} in its files", "change the code, then the same line")


def _changed(parent: Record, told: Record) -> list[str]:
    before, after = parent.spec.get("resources", {}), told.spec.get("resources", {})
    names = [name for name in after if after[name] != before.get(name)]
    asked = [f"{name.replace('_', ' ')} {after[name] or 'none'}, was {before.get(name) or 'none'}" for name in names]
    return [*recipe.differences(parent, told), *asked]
