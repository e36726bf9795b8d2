"""The agent's own log: few lines, for whoever runs `kubectl logs POD -c agent`."""

import sys


def say(text: str) -> None:
    """One line."""
    sys.stderr.write(f"[ferry agent] {text}\n")
    sys.stderr.flush()
