"""The verb that reads what is stored and compares it with what was published or pushed."""

from collections.abc import Iterator

from trainferry.data import catalog, verify
from trainferry.data.verify import Read
from trainferry.errors import BadInput, Missing
from trainferry.runs import reader
from trainferry.sdk import names
from trainferry.sdk.project import Project


class Verifying(Project):
    """Trust, but read."""

    def verify(self, target: str) -> Iterator[Read]:
        """`RUN[:PATH]` (best, last, a path, a folder, a glob) file by file, or `DATASET[@VERSION]` shard by shard.

        A bare name is the run that is called so, else the dataset. Every byte is read; Read.problem says what differs.
        """
        name, colon, what = target.partition(":")
        if not name or (colon and not what):
            raise BadInput(f"verify {target}: expected RUN, RUN:PATH or DATASET[@VERSION]", "ferry verify RUN")
        if not colon and ("@" in name or self._is_dataset(name)):
            dataset, _, version = name.partition("@")
            return verify.dataset(self.store, dataset, catalog.resolve(self.store, dataset, version))
        found = self._found(name)
        files = reader.files(found.store, found.run)
        return verify.files(found.store, files, reader.select(found.store, found.run, what) if colon else sorted(files))

    def _is_dataset(self, name: str) -> bool:
        """Whether a dataset, and no run, is called just so."""
        try:
            run = self._found(name).run
        except Missing:
            run = ""
        if name in (run, names.short(run)):
            return False
        try:
            return bool(catalog.versions(self.store, name))
        except BadInput:
            return False
