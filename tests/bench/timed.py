"""A process with its time and its peak memory."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass

PATIENCE = 900  # seconds; what takes longer hangs
WITH_US = ("setpriv", "--pdeathsig", "KILL")  # a bench that is killed takes its commands with it


@dataclass(frozen=True)
class Timed:
    """Wall seconds of a process, the most memory it or one of its own children held, in MB, and their CPU seconds."""

    seconds: float
    megabytes: float
    cpu: float


def timed(words: list[str], environment: dict[str, str]) -> Timed:
    """Runs a command, which has to succeed; what it said is in the error."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*WITH_US, "timeout", "-k", "5", str(PATIENCE), *WITH_US, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(
                f"{words[:4]} exited {process.returncode}: {said.read()[-3000:].decode(errors='replace')}"
            )
    return Timed(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)
