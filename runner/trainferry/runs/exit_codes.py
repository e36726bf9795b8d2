"""The one table of exit codes, for wrapper, agent, cluster and local engine.

Standard library only and python 3.8: it travels inside the wrapper's zipapp into users' images.
64-78 are sysexits.h; 75 is "saved, start me again".
"""

from __future__ import annotations

from typing import NamedTuple

USAGE, DATA, NO_INPUT, FLUSH_FAILED, AGAIN, GIVE_UP = 64, 65, 66, 74, 75, 78
OOM = 137


class Meaning(NamedTuple):
    """`retry`: "always" (ignored by the Job), "counted" (by --retries) or "never"."""

    retry: str
    text: str


MEANINGS: dict[int, Meaning] = {
    0: Meaning("never", "succeeded"),
    USAGE: Meaning("never", "the command or its image cannot run"),
    DATA: Meaning("never", "the data is not as it was stored"),
    NO_INPUT: Meaning("never", "data or code is not in the store"),
    FLUSH_FAILED: Meaning("counted", "the command ended well, its output could not be stored"),
    AGAIN: Meaning("always", "saved, to be started again"),
    GIVE_UP: Meaning("never", "gave up after the allowed retries"),
    OOM: Meaning("counted", "killed: out of memory"),
}
FAILED = Meaning("counted", "the command failed")


def meaning(code: int) -> Meaning:
    """What an exit code of the container `trainer` means."""
    return MEANINGS.get(code, FAILED)
