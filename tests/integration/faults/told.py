"""What a matrix came to, in a few lines for whoever watches."""

import re
from collections import Counter
from collections.abc import Iterable

from tests.integration.faults.crew import Result


def told(results: Iterable[Result]) -> None:
    """Cases, faults, and how the commands ended: at once, or after so many refusals."""
    counts: Counter[tuple[str, str]] = Counter()
    lines: Counter[tuple[str, str]] = Counter()
    faults = 0
    for result in results:
        faults += result.hits
        refusals = sum(end != "ok" for end in result.ends)
        lines.update((str(result.case.place), _alike(end)) for end in result.ends if end != "ok")
        counts[f"{result.case.name} {result.case.place}", f"{refusals} refused" if refusals else "at once"] += 1
    print(f"\n{sum(counts.values())} commands, {faults} faults")
    for (what, how), count in sorted(counts.items()):
        print(f"  {what:24} {how:12} {count:6}")
    for (place, line), count in lines.most_common(20):
        print(f"  {count:6} x {place}: {line}")


def wrong(results: Iterable[Result]) -> str:
    """A line each."""
    return "\n".join(str(result) for result in results if result.wrong)


def _alike(line: str) -> str:
    """Without what differs from case to case."""
    line = re.sub(r"(gs|volume)://\S+", r"\1://...", line)
    return re.sub(r"/\S*/faults\S*|\b[0-9a-f]{8,}\b|\b\d{4,}\b", "N", line)
