"""A notebook in the cluster, from its first pod until it answers here."""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

from trainferry.agent import desk
from trainferry.agent.lab import PORT
from trainferry.cluster.api import Api
from trainferry.cluster.forward import Forwarding, to_run
from trainferry.errors import BadInput, Missing, RunFailed, Unreachable
from trainferry.runs import phases
from trainferry.runs.phases import Status
from trainferry.sdk.kubernetes import KubernetesEngine
from trainferry.sdk.notebooks import here
from trainferry.sdk.notebooks.lab import Lab

LONGEST = 120.0  # seconds from its command's begin until it answers


@dataclass(frozen=True)
class Pod:
    """The notebook `run` on an engine; `story` hears what it is waiting for."""

    engine: KubernetesEngine
    run: str
    story: Callable[[str], None]

    @property
    def api(self) -> Api:
        return self.engine.cluster.api

    def open(self, port: int) -> Lab:
        """Wait until it answers, and forward it to 127.0.0.1:`port`, or to a free port when that is taken.

        Raises RunFailed when it ended, Unreachable when it does not answer.
        """
        self._begun()
        token = self._token()
        forwarding = self._forwarding(port)
        address = f"http://127.0.0.1:{forwarding.local}"
        if not here.answers(address, lambda: True, LONGEST):
            forwarding.close()
            raise Unreachable(f"{self.run} does not answer", f"ferry logs {self.run}")
        return Lab(self.run, address, token, self._ended, forwarding.close)

    def _begun(self) -> None:
        told = ""
        for status in self.engine.watch(self.run):
            if status.finished:
                raise self._over(status)
            line = " ".join(filter(None, (f"{status.phase:<9}", status.detail or status.node)))
            if line != told:
                told = line
                self.story(line)
            if status.phase == phases.RUNNING:
                return

    def _over(self, status: Status) -> RunFailed:
        told = self.engine.outcome(self.run).reason or status.detail or status.reason
        return RunFailed(f"{self.run} ended: {told}", f"ferry logs {self.run}")

    def _token(self) -> str:
        """Over the forwarded port: it is in no object of the cluster."""
        end = time.monotonic() + LONGEST
        while True:
            try:
                with closing(to_run(self.api, self.run, desk.TELLS)) as stream:
                    if token := b"".join(iter(stream.receive, b"")).decode().strip():
                        return token
                    trouble: Unreachable | Missing = Unreachable(f"{self.run} does not answer")
            except (Unreachable, Missing) as error:
                trouble = error
            if time.monotonic() > end or self.engine.status(self.run).finished:
                raise trouble
            time.sleep(0.5)

    def _forwarding(self, port: int) -> Forwarding:
        for candidate in (port, 0):
            with suppress(OSError):
                return Forwarding(self.api, self.run, PORT, candidate)
        raise BadInput(f"--port {port}: no port is free", "ferry notebook --port 0")

    def _ended(self) -> str:
        """Why, once it has."""
        for status in self.engine.watch(self.run):
            if status.finished and status.phase != phases.SUCCEEDED:
                return status.detail or status.reason or status.phase
        return "it was idle"
