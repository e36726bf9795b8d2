"""What a demo is made of: what a run left in its store, read when it is asked for, and verified."""

from functools import cached_property

import google_crc32c

from trainferry.errors import Corrupt, Missing
from trainferry.runs import measured, predictions, reader, record
from trainferry.runs.manifest import OutputManifest
from trainferry.runs.measured import Line
from trainferry.runs.predictions import TEST, Predictions
from trainferry.runs.record import Record
from trainferry.store import Store


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

    def file(self, path: str) -> bytes:
        """A file of the output. Raises Missing, and Corrupt for bytes that are not the published ones."""
        stored = self.manifest.files.get(path)
        if stored is None:
            raise Missing(f"{self.run} has no {path}", f"ferry get checkpoints {self.run}")
        found = b"".join(reader.pieces(self.store, stored))
        if (len(found), google_crc32c.value(found)) != (stored.size, stored.crc32c):
            raise Corrupt(f"{self.run}:{path} is not what was published", f"ferry verify {self.run}")
        return found
