"""The verbs of datasets: push, pull, list, remove."""

from pathlib import Path

from trainferry.data import catalog, pull, push
from trainferry.data.progress import Report
from trainferry.errors import BadInput
from trainferry.sdk import prepare
from trainferry.sdk.project import Project


class Datasets(Project):
    """Datasets of the store."""

    def push(self, folder: str | Path, name: str = "", progress: Report | None = None) -> push.Pushed:
        """Make `folder` the newest version of a dataset; unchanged bytes do not travel again."""
        path = Path(folder).expanduser()
        if not path.is_dir():
            raise BadInput(f"data push {folder}: no such folder")
        return push.push(self.store, path, prepare.dataset_name(path, name), progress, self.story)

    def pull(self, dataset: str, target: str | Path, progress: Report | None = None) -> pull.Pulled:
        """Fetch NAME[@VERSION] into a folder; every byte is verified before any is visible."""
        name, _, version = dataset.partition("@")
        return pull.pull(self.store, name, catalog.resolve(self.store, name, version), Path(target), progress)

    def datasets(self) -> list[catalog.Dataset]:
        """All versions of all datasets."""
        return catalog.datasets(self.store)

    def remove_dataset(self, dataset: str) -> None:
        """Remove NAME or NAME@VERSION from the store."""
        name, _, version = dataset.partition("@")
        catalog.remove(self.store, name, version, self.story)
