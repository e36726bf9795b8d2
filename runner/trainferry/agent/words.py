"""The agent's own log: few lines, for whoever runs `kubectl logs POD -c agent`."""

import sys

# Read by cluster/words.py: nothing else in a pod tells from outside that its command began, or ended.
READY, ENDED = "ready: the command begins", "the command ended: storing the rest"
TOO_SHORT = "the grace period was too short to store the whole output"  # begins a verdict's reason


def say(text: str) -> None:
    """One line."""
    sys.stderr.write(f"[ferry agent] {text}\n")
    sys.stderr.flush()
