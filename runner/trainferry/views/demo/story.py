"""How the training went: the curve of its accuracy, and where it was interrupted."""

from collections.abc import Iterator, Sequence
from typing import Any

from trainferry.runs.manifest import Attempt
from trainferry.runs.measured import CLOCKS, Line, step
from trainferry.views.demo.fields import Fields
from trainferry.views.page import Part

NAMES = ("accuracy", "val_accuracy", "valid_accuracy", "eval_accuracy", "test_accuracy", "acc", "val_acc")
MOST = 400  # points of the curve

STYLE = """
.story .chart { position: relative; height: 15rem; margin: 1.2rem 0 2.4rem 3rem; border-left: 1px solid var(--line);
  border-bottom: 1px solid var(--line) }
.story svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible }
.story path { fill: none; vector-effect: non-scaling-stroke }
.story .curve { stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round }
.story .grid { stroke: var(--line); stroke-width: 1 }
.story .stop { stroke: var(--wrong, #b5651d); stroke-width: 1.5; stroke-dasharray: 5 4 }
.story .chart span { position: absolute; color: var(--quiet); font-size: .82rem; white-space: nowrap;
  font-variant-numeric: tabular-nums }
.story .up { right: calc(100% + .5rem); transform: translateY(50%) }
.story .from { left: 0; top: calc(100% + .35rem) } .story .to { right: 0; top: calc(100% + .35rem) }
.story .end { width: .7rem; height: .7rem; border-radius: 50%; background: var(--accent);
  transform: translate(-50%, 50%) }
"""


def values(lines: Sequence[Line], attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Of metrics.jsonl and the attempts of a run."""
    name = next((name for name in NAMES if any(_share(line.get(name)) is not None for line in lines)), "")
    told = [(line, _share(line.get(name))) for line in lines]
    rows = [(at, line, share) for line, share in told if share is not None and (at := step(line)) is not None]
    points = [{"at": at, "share": round(share, 5)} for at, _, share in _thinned(rows)]
    marks = [_place([(at, line) for at, line, _ in rows], one.started) for one in attempts[1:]]
    return {
        "points": points,
        "stops": [mark for mark in marks if mark is not None],
        "attempts": len(attempts),
        "seconds": round(sum(_length(one) for one in attempts)),
    }


def _share(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _thinned(rows: Sequence[Any]) -> Sequence[Any]:
    every = -(-len(rows) // MOST) or 1
    return [*rows[::every], *(rows[-1:] if (len(rows) - 1) % every else [])]


def _place(rows: Sequence[tuple[int, Line]], moment: float) -> int | None:
    """How far it was at a moment; None where no line says when it was written."""
    before = [at for at, line in rows if (clock := _clock(line)) is not None and clock <= moment]
    known = any(_clock(line) is not None for _, line in rows)
    return before[-1] if before else 0 if known else None


def _clock(line: Line) -> float | None:
    return next((float(value) for name in CLOCKS if isinstance(value := line.get(name), int | float)), None)


def _length(one: Attempt) -> float:
    return max(0.0, one.verdict.ended - one.started) if one.verdict and one.verdict.ended else 0.0


def render(fields: Fields) -> Part:
    points = [(one.number("at", 0), one.number("share", 0, 1)) for one in fields.rows("points", 2 * MOST)]
    if len(points) < 2 or points[-1][0] <= 0:
        return Part("")
    stops = [min(stop, points[-1][0]) for stop in fields.numbers("stops", 100) if stop >= 0]
    chart = _chart(points, stops)
    return Part(f"<section class=story><p>{_words(fields, points, len(stops))}</p>{chart}</section>", STYLE)


def _words(fields: Fields, points: Sequence[tuple[float, float]], shown: int) -> str:
    first, last = points[0][1], points[-1][1]
    seconds, attempts = fields.count("seconds"), max(1, fields.count("attempts"))
    told = f"On pictures that it did not learn from it went from {100 * first:.0f} to {100 * last:.0f} of 100 right"
    told += f", in {_time(seconds)}." if seconds else "."
    if attempts == 1:
        return told + " It was not interrupted."
    times = "once" if attempts == 2 else "twice" if attempts == 3 else f"{attempts - 1} times"
    where = f" (the dashed line{'s' * (shown > 1)})" if shown else ""
    each = " each time" if attempts > 2 else ""
    return f"{told} The machine was taken away from it {times}{where}; it went on from what it had saved{each}."


def _chart(points: Sequence[tuple[float, float]], stops: Sequence[float]) -> str:
    end, low = points[-1][0], int(min(share for _, share in points) * 10) / 10
    low = next(edge for edge in (0.9, 0.8, 0.6, 0.5, 0.4, 0.2, 0.0) if edge <= min(low, 0.9))
    curve = "M" + " L".join(f"{100 * at / end:.2f},{_down(share, low):.2f}" for at, share in points)
    ticks = [low + part * (1 - low) / 2 for part in range(3)]
    lines = "".join(f'<path class=grid d="M0,{_down(tick, low):.2f} H100"/>' for tick in ticks[1:])
    marks = "".join(f'<path class=stop d="M{100 * stop / end:.2f},0 V100"/>' for stop in stops)
    said = f"The share of right answers rises from {100 * points[0][1]:.0f} % to {100 * points[-1][1]:.0f} %."
    return (
        f'<div class=chart><svg viewBox="0 0 100 100" preserveAspectRatio=none role=img aria-label="{said}">'
        f'{lines}{marks}<path class=curve d="{curve}"/></svg>{"".join(_labels(ticks, low, end))}'
        f'<span class=end style="left:100%;bottom:{100 - _down(points[-1][1], low):.2f}%"></span></div>'
    )


def _labels(ticks: Sequence[float], low: float, end: float) -> Iterator[str]:
    for tick in ticks:
        yield f'<span class=up style="bottom:{100 - _down(tick, low):.2f}%">{100 * tick:.0f} %</span>'
    yield f"<span class=from>start</span><span class=to>step {end:,.0f}</span>"


def _down(share: float, low: float) -> float:
    """Percent of the chart's height, from above."""
    return 100 * (1 - share) / (1 - low)


def _time(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
