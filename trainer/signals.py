"""SIGTERM and SIGINT: asked to leave, a run finishes its step, saves and exits 75."""

import signal
from types import FrameType

SAVED = 75  # EX_TEMPFAIL: nothing is wrong, start me again


class Stopped(Exception):
    """Raised where a run may be left; the state is whole."""


class Stop:
    """A flag that the first signal sets; a second SIGINT ends the process as usual."""

    def __init__(self) -> None:
        self.asked = False

    @classmethod
    def installed(cls) -> "Stop":
        """A flag that SIGTERM and SIGINT of this process set from now on."""
        stop = cls()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop._handle)
        return stop

    def check(self) -> None:
        """Raise Stopped when somebody asked."""
        if self.asked:
            raise Stopped

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
