"""What a comparison comes to, in one sentence that claims nothing which chance could have done."""

from collections.abc import Sequence

from trainferry.runs.comparison import MODELS, NOISE, SURE, Change, Comparison

MOST = 4  # classes that are named


def sentence(found: Comparison, name: str, repeated: bool = False) -> str:
    """About the second run, `name`. `repeated`: it is the recipe of the first once more, so whatever differs is chance.

    >>> sentence(comparison, "base-cat3")
    'cat is better, dog pays; the worst class rose from 66.0 to 70.1'
    """
    overall = found.overall
    if not overall.won and not overall.lost and _equal(found):
        return f"the same answers to all {overall.images:,} images"
    if repeated:
        return f"the same recipe trained again: what differs is chance{_most(found)}"
    told = [_whole(overall, name), _classes(found.classes, overall), _worst(found)]
    said = "; ".join(filter(None, told))
    return said or f"no difference that is more than chance{_only_models(found)}"


def certainty(change: Change) -> str:
    """The word of the column `sure?`: yes (p < 0.001), only these models, within noise."""
    if change.kind == SURE:
        return f"yes ({chance(change.recipes)})"
    return {MODELS: "only these models", NOISE: "within noise"}[change.kind]


def chance(value: float) -> str:
    """p < 0.001, p = 0.004."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def listed(names: Sequence[str]) -> str:
    """cat, dog and frog; of many the first ones."""
    shown = [*names] if len(names) <= MOST else [*names[: MOST - 1], f"{len(names) - MOST + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _equal(found: Comparison) -> bool:
    return all(one.prediction == other.prediction for one, other in found.pairs)


def _whole(overall: Change, name: str) -> str:
    if overall.kind != SURE:
        return ""
    return f"{name} is {'better' if overall.better else 'worse'}, {overall.points:+.1f} over all"


def _classes(changes: Sequence[Change], overall: Change) -> str:
    up = [one.name for one in changes if one.better]
    down = [one.name for one in changes if one.worse]
    told = [f"{listed(up)} {'are' if len(up) > 1 else 'is'} better"] if up else []
    if down and up and not overall.better:
        told += [f"{listed(down)} {'pay' if len(down) > 1 else 'pays'}"]
    elif down:
        told += [f"{listed(down)} {'are' if len(down) > 1 else 'is'} worse"]
    return ", ".join(told)


def _worst(found: Comparison) -> str:
    """Only beside something that is sure: which class is worst now."""
    if not any(one.kind == SURE for one in (found.overall, *found.classes)) or len(found.classes) < 2:
        return ""
    before, after = found.worst
    was, now = f"{100 * before.before.share:.1f}", f"{100 * after.after.share:.1f}"
    if found.raised:
        return f"the worst class rose from {was} to {now}"
    if before is not after:
        return f"the worst class is {after.name} now, {now} ({before.name} was {was})"
    return ""


def _only_models(found: Comparison) -> str:
    """What is true of these two models and need not be of the next."""
    kept = [one for one in found.classes if one.kind == MODELS]
    if not kept:
        return ""
    most = max(kept, key=lambda one: abs(one.points))
    return f"; {most.name} {most.points:+.1f} in these two models, but training again may do as much"


def _most(found: Comparison) -> str:
    most = max(found.classes, key=lambda one: abs(one.points), default=None)
    return f" ({most.name} by {abs(most.points):.1f} points)" if most and most.points else ""
