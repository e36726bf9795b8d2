"""From how the command ended to the container's exit code: pure, so that the table can be read and tested."""

from __future__ import annotations

import signal
from typing import Any, Dict, NamedTuple, Optional

from trainferry.runs import exit_codes

KILLED = 128 + signal.SIGKILL


class End(NamedTuple):
    """`code`: 128 + signal when killed, None when it never began. `limit`: of memory, as Kubernetes writes it."""

    code: Optional[int]
    signal: int = 0
    oom_kills: int = 0
    terminated: bool = False
    fenced: bool = False
    limit: str = ""


def decide(end: End) -> Dict[str, Any]:
    """The fields of a runs.manifest.Verdict but `ended`."""
    exit_code, by, reason = _ruling(end)
    return {
        "code": end.code,
        "exit": exit_code,
        "by": by,
        "signal": end.signal,
        "oom_kills": end.oom_kills,
        "terminated": end.terminated,
        "reason": reason,
    }


def _ruling(end: End) -> tuple[int, str, str]:
    own = end.code or 0
    rules = (
        (end.fenced, exit_codes.AGAIN, "wrapper", "a newer attempt of this run has taken over"),
        (end.code is None, exit_codes.AGAIN, "wrapper", "stopped from outside before the command began"),
        (own == 0, 0, "command", ""),
        (end.terminated, exit_codes.AGAIN, "wrapper", "stopped from outside (SIGTERM), %s" % _ending(end)),
        (own == KILLED and end.oom_kills, exit_codes.OOM, "wrapper", _out_of_memory(end)),
        (own == KILLED, exit_codes.AGAIN, "wrapper", "killed from outside (SIGKILL, no lack of memory)"),
        (own == exit_codes.FLUSH_FAILED, 1, "command", "exit code 74, which is 1 here: 74 is ferry's own"),
    )
    for applies, code, by, reason in rules:
        if applies:
            return code, by, reason
    return own, "command", _ending(end) + _workers(end)


def _ending(end: End) -> str:
    if not end.signal:
        return "exit code %s" % end.code
    return "killed by %s" % _name(end.signal)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "signal %d" % number


def _out_of_memory(end: End) -> str:
    return "killed: out of memory (limit %s)" % (end.limit or "of the node")


def _workers(end: End) -> str:
    return ", a process of it was %s" % _out_of_memory(end) if end.oom_kills else ""
