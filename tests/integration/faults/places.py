"""Where a case keeps its objects: a bucket of its own, or a folder behind a gateway; through a line, or directly."""

import os
import shutil
import uuid
from typing import Protocol

from tests.cluster.gcs_server import GcsServer
from tests.integration.faults.line import Line
from tests.integration.gateway.server import Gateway
from trainferry.store import Store, open_store

PATIENCE = 6.0  # seconds for all tries of one request


class Place(Protocol):
    """Both functions are for a process that opens nothing else: what a store needs lies in the environment."""

    url: str
    line: Line

    @property
    def pid(self) -> int:
        """Of the server, 0 when it is not to be killed."""

    def through(self, timeout: float) -> Store:
        """The store as commands see it: every byte goes over the line. `timeout`: seconds of one try."""

    def direct(self) -> Store:
        """The store as it is."""

    def revive(self) -> None:
        """Starts the server again when it was killed."""

    def close(self) -> None:
        """Nothing of it is left."""


class Bucket:
    """A bucket of the GCS server. `line` leads there."""

    def __init__(self, server: GcsServer, line: Line) -> None:
        self.server, self.line, self.name = server, line, f"f{uuid.uuid4().hex[:12]}"
        self.url = f"gs://{self.name}/team"
        server.make_bucket(self.name)

    @property
    def pid(self) -> int:
        return 0

    def through(self, timeout: float) -> Store:
        os.environ["STORAGE_EMULATOR_HOST"] = f"http://{self.line.address}"
        return open_store(self.url, timeout, PATIENCE)

    def direct(self) -> Store:
        os.environ["STORAGE_EMULATOR_HOST"] = self.server.url
        return open_store(self.url)

    def revive(self) -> None:
        """Nobody kills it."""

    def close(self) -> None:
        self.server.remove_bucket(self.name)


class Behind:
    """A folder of its own behind a gateway, which keeps nothing of it but that."""

    def __init__(self, gateway: Gateway, line: Line) -> None:
        self.gateway, self.line, self.name = gateway, line, f"f{uuid.uuid4().hex[:12]}"
        self.url = f"volume://claim/{self.name}"

    @property
    def pid(self) -> int:
        return self.gateway.pid

    def through(self, timeout: float) -> Store:
        return self.gateway.store(self.name, timeout=timeout, patience=PATIENCE, base=f"http://{self.line.address}")

    def direct(self) -> Store:
        return self.gateway.store(self.name)

    def revive(self) -> None:
        if not self.gateway.runs():
            self.gateway.start()

    def close(self) -> None:
        shutil.rmtree(self.gateway.folder / self.name, ignore_errors=True)
