"""From what a person types to the full name of one run."""

import difflib
from collections.abc import Sequence

from trainferry.errors import Missing
from trainferry.runs import record
from trainferry.runs.phases import RunRow
from trainferry.store import Store

NOTEBOOK = "nb-"  # begins the names of notebooks, which are runs that nobody means by "the latest"


def find(rows: Sequence[RunRow], name: str, where: str) -> RunRow:
    """The run named in full or in short (the newest of that name); the latest that trains when `name` is empty.

    Raises Missing with the nearest names.
    """
    rows = sorted(rows, key=lambda row: row.created)
    quoted = f'"{name}" ' if name else ""
    if not rows:
        raise Missing(f"no run {quoted}{where}", "ferry run -- COMMAND")
    if not name:
        return ([row for row in rows if not row.run.startswith(NOTEBOOK)] or rows)[-1]
    matches = [row for row in rows if row.run == name or short(row.run) == name]
    matches = matches or [row for row in rows if row.run.startswith(name)]
    if matches:
        return matches[-1]
    names = [row.run for row in rows] + [short(row.run) for row in rows]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    full = next((row.run for row in reversed(rows) if near and near[0] in (row.run, short(row.run))), "")
    raise Missing(f'no run "{name}" {where}.' + (f" Did you mean {full}?" if full else ""), "ferry get runs")


def find_in_store(store: Store, name: str, where: str) -> str:
    """Like `find`, for runs that no engine knows any more."""
    known = record.runs(store)
    near = [run for run in known if not name or run == name or short(run) == name or run.startswith(name)]
    return find([RunRow(run, "", created=_when(store, run)) for run in near or known], name, where).run


def _when(store: Store, run: str) -> float:
    kept = record.read(store, run)
    return kept.when if kept else 0.0


def short(run: str) -> str:
    """`base` of `base-4be1a90c`."""
    return run.rpartition("-")[0] or run
