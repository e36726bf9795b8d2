"""What a demo is made of: what a run left in its store, read when it is asked for, and verified."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from trainferry.errors import Missing
from trainferry.runs import measured, predictions, reader, record
from trainferry.runs.manifest import OutputManifest
from trainferry.runs.measured import Line
from trainferry.runs.predictions import TEST, Predictions
from trainferry.runs.record import PARENT, Record
from trainferry.sdk import pictures
from trainferry.store import Store
from trainferry.views.pictures import reference


class Material:
    """Of one run."""

    def __init__(self, store: Store, run: str) -> None:
        self.store, self.run = store, run

    @cached_property
    def manifest(self) -> OutputManifest:
        """Files and attempts."""
        return reader.manifest(self.store, self.run)

    @cached_property
    def record(self) -> Record | None:
        """The intent; None when nobody wrote it down."""
        return record.read(self.store, self.run)

    @cached_property
    def lines(self) -> list[Line]:
        """Of metrics.jsonl, oldest first."""
        return measured.lines(self.store, self.manifest.files)

    @cached_property
    def predictions(self) -> Predictions:
        """Of the test images. Raises Missing for a run that left none."""
        if TEST not in self.manifest.files:
            raise Missing(f"{self.run} has no {TEST}", f"ferry predictions {self.run}   says what it should hold")
        return predictions.read(self.file(TEST), f"{self.run}:{TEST}")

    def pair(self, find: Callable[[str], "Material"]) -> list["Material"]:
        """The run that this one was made from and this one; else this one and the newest made from it; else []."""
        if self.record and (parent := self.record.lineage.get(PARENT)):
            return [find(parent), self]
        children = [Material(self.store, run) for run in self._children()]
        return [self, *[child for child in children if TEST in child.manifest.files][:1]]

    def _children(self) -> list[str]:
        """The runs of this store that were made from this one, the newest first."""
        with ThreadPoolExecutor(8, "ferry-demo") as pool:
            records = pool.map(lambda run: record.read(self.store, run), record.runs(self.store))
            found = [one for one in records if one and one.lineage.get(PARENT) == self.run]
        return [one.run for one in sorted(found, key=lambda one: -one.when)]

    def pictures(self, references: Iterable[str]) -> dict[str, bytes]:
        """The files that these name, of the output or of the first dataset, as far as they can be had."""
        paths = {reference(text).path for text in references}
        found = pictures.of_run(self.store, self.run, paths, self.manifest.files)
        return found | pictures.of_dataset(self.store, self.record, paths - set(found))

    def file(self, path: str) -> bytes:
        """A file of the output. Raises Missing, and Corrupt for bytes that are not the published ones."""
        stored = self.manifest.files.get(path)
        if stored is None:
            raise Missing(f"{self.run} has no {path}", f"ferry get checkpoints {self.run}")
        return reader.content(self.store, self.run, path, stored)
