"""The verbs of what a run brought back: checkpoints, tensorboard."""

from collections.abc import Sequence

from trainferry.runs import reader
from trainferry.sdk import boards
from trainferry.sdk.project import Project


class Results(Project):
    """Results of runs."""

    def checkpoints(self, name: str = "") -> list[reader.Checkpoint]:
        """What the run has published so far, oldest first, and what the store says of each now."""
        found = self._found(name)
        return reader.checkpoints(found.store, found.run, verified=True)

    def tensorboard(self, runs: Sequence[str] = (), port: int = 6006) -> boards.Board:
        """A local TensorBoard over mirrored event files; `.close()` ends it."""
        boards.check_port(port)
        found = [self._found(name) for name in runs or [""]]
        return boards.open_board({one.run: one.store for one in found}, port)
