"""The verbs of what a run brought back: checkpoints, cp, tensorboard."""

from collections.abc import Callable, Sequence

from trainferry.errors import BadInput
from trainferry.runs import reader
from trainferry.sdk import boards, copying
from trainferry.sdk.project import Project, silent


class Results(Project):
    """Results of runs."""

    def checkpoints(self, name: str = "") -> list[reader.Checkpoint]:
        """What the run has published so far, oldest first, and what the store says of each now."""
        found = self._found(name)
        return reader.checkpoints(found.store, found.run, verified=True)

    def copy(self, source: str, target: str, progress: Callable[[str], None] = silent) -> list[copying.Copied]:
        """`RUN:best`, `RUN:last`, `RUN:path` or a glob, into a folder or file; verified, then renamed."""
        name, colon, what = source.partition(":")
        if not colon or not what:
            raise BadInput(f"cp {source}: expected RUN:PATH, RUN:best or RUN:last", "ferry get checkpoints RUN")
        found = self._found(name)
        return copying.copy(found.store, found.run, what, target, progress)

    def tensorboard(self, runs: Sequence[str] = (), port: int = 6006) -> boards.Board:
        """A local TensorBoard over mirrored event files; `.close()` ends it."""
        boards.check_port(port)
        found = [self._found(name) for name in runs or [""]]
        return boards.open_board({one.run: one.store for one in found}, port)
