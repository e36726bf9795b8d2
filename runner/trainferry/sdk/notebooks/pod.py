"""A notebook in the cluster, from its first pod until it answers here."""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

from trainferry.agent import desk
from trainferry.agent.lab import PORT
from trainferry.cluster.api import Api
from trainferry.cluster.forward import Forwarding, Target, to_run
from trainferry.errors import BadInput, Missing, RunFailed, Unreachable
from trainferry.manifests.notebook_account import ACCOUNT
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
        pod = self._begun()
        token = self._token()
        forwarding = self._forwarding(port)
        address = f"http://127.0.0.1:{forwarding.local}"
        lab = Lab(self.run, address, token, lambda: self._ended(lab, pod, forwarding), forwarding.close)
        if not here.answers(lab.address, lambda: True, LONGEST):
            lab.close()
            raise Unreachable(f"{self.run} does not answer", f"ferry logs {self.run}")
        return lab

    def _begun(self) -> str:
        """The pod's name, once JupyterLab begins in it. Raises RunFailed, Missing where a namespace has no account."""
        told = ""
        for status in self.engine.watch(self.run):
            if status.finished:
                raise self._over(status)
            line = " ".join(filter(None, (f"{status.phase:<9}", status.detail or status.node)))
            if line != told:
                told = line
                self.story(line)
            if status.phase == phases.RUNNING:
                return status.pod
            if ACCOUNT in status.detail:
                self.engine.delete(self.run)
                hint = "an administrator makes it: kubectl apply -k k8s/tenant"
                raise Missing(f"namespace {self.api.namespace} has no service account {ACCOUNT}", hint)
        raise Unreachable(f"{self.run} is not watched any more", f"ferry describe {self.run}")

    def _over(self, status: Status) -> RunFailed:
        told = self.engine.outcome(self.run).reason or status.detail or status.reason
        return RunFailed(f"{self.run} ended: {told}", f"ferry logs {self.run}")

    def _token(self) -> str:
        """Over the forwarded port: it is in no object of the cluster."""
        end = time.monotonic() + LONGEST
        while True:
            try:
                with closing(to_run(self.api, self.run, desk.TELLS)) as stream:
                    if token := stream.everything().decode().strip():
                        return token
                    trouble: Unreachable | Missing = Unreachable(f"{self.run} does not answer")
            except (Unreachable, Missing) as error:
                trouble = error
            status = self.engine.status(self.run)
            if status.finished:
                raise self._over(status) from trouble
            if time.monotonic() > end:
                raise trouble
            time.sleep(0.5)

    def _forwarding(self, port: int) -> Forwarding:
        for candidate in (port, 0):
            with suppress(OSError):
                return Forwarding(self.api, Target(self.run, PORT, self.story), candidate)
        raise BadInput(f"--port {port}: no port is free", "ferry notebook --port 0")

    def _ended(self, lab: Lab, pod: str, forwarding: Forwarding) -> str:
        """Why, once it has. After an interruption the story says how to the next pod, which has another token."""
        for status in self.engine.watch(self.run):
            if status.finished:
                return "it was idle" if status.phase == phases.SUCCEEDED else status.detail or status.phase
            if status.phase == phases.RUNNING and status.pod not in ("", pod):
                forwarding.drop()
                pod, lab.token = status.pod, self._token()
                here.answers(lab.address, lambda: True, LONGEST)
                self.story(f"it was interrupted and goes on in another pod: {lab.url}")
        return "it was deleted"
