"""Shares and what they mean, in words that terminal and page have in common."""

from trainferry.runs.predictions import Count, Predictions
from trainferry.runs.statistics import wilson


def percent(share: float, digits: int = 1) -> str:
    """0.831 as 83.1 %; never 100 when something is wrong, never 0 when something is right."""
    shown = round(100 * share, digits)
    if share < 1 and shown == 100:
        shown -= 10**-digits
    if share > 0 and shown == 0:
        shown += 10**-digits
    return f"{shown:.{digits}f} %"


def interval(count: Count, digits: int = 0) -> str:
    """Where the true share is, 19 times of 20: 62-70."""
    low, high = wilson(count.right, count.images)
    return f"{100 * low:.{digits}f}-{100 * high:.{digits}f}"


def summary(predictions: Predictions, what: str = "test") -> str:
    """One line: test accuracy 83.1 %; worst class: cat 66 % (62-70), mostly taken for dog."""
    if not predictions.labelled:
        return f"{len(predictions.rows):,} {what} images without labels: nobody can say how many are right"
    told = f"{what} accuracy {percent(predictions.overall.share)}"
    worst = predictions.counts[predictions.worst]
    if len(predictions.counts) < 2 or worst.right == worst.images:
        return told
    told += f"; worst class: {predictions.worst} {percent(worst.share, 0)} ({interval(worst)})"
    return f"{told}, mostly taken for {predictions.taken_for(predictions.worst)[0]}"
