"""A line to a server that breaks when it is told to."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tests.cluster.gcs_server import ROOT, free_port
from tests.integration.faults.plan import Fault

PROXY = "tests.integration.faults.proxy"


class Line:
    """proxy.py as a process of its own before the server at `server` (HOST:PORT); `address` is what clients use."""

    def __init__(self, server: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", PROXY, self.address, server],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.arm()

    def arm(self, faults: Iterable[Fault] = ()) -> None:
        """These faults from now on, counted from now on."""
        self._say({"faults": [asdict(fault) for fault in faults]})

    def state(self) -> dict[str, Any]:
        """plan.Plan: what has passed, and the faults that are still to come."""
        return self._say({})

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.communicate()

    def _say(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told
