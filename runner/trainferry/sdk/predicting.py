"""`ferry predictions`: what a model says of every image, out of a run or of a file here, in numbers and as a page."""

import time
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from trainferry.errors import BadInput, Missing
from trainferry.runs import columns as columns_module
from trainferry.runs import predictions as tables
from trainferry.runs import reader, record
from trainferry.runs.manifest import StoredFile
from trainferry.runs.predictions import EXPECTED, TEST, VALIDATION, Predictions
from trainferry.runs.record import Record
from trainferry.runs.statistics import wilson
from trainferry.sdk import names, pictures
from trainferry.sdk.kept import Found
from trainferry.sdk.project import Project
from trainferry.store.os_errors import translated

LARGEST = 1 << 30  # bytes of a table


@dataclass(frozen=True)
class Source:
    """Where a table comes from: a run (None: none) with its files, or `folder` of this machine beside it."""

    title: str
    what: str = "test"
    found: Found | None = None
    folder: Path | None = None

    @property
    def short(self) -> str:
        """For the name of the page's file."""
        return names.short(self.found.run) if self.found else Path(self.title).stem


@dataclass(frozen=True)
class Predicted:
    """The table, and what is said about it. In a notebook it shows itself as the page."""

    source: Source
    predictions: Predictions

    def _repr_html_(self) -> str:
        """For Jupyter: the page in a frame that nothing leaves."""
        frame = "width:100%;height:44rem;border:0;border-radius:12px;resize:vertical;overflow:auto"
        page, title = escape(self.page()), escape(self.summary)
        return f'<iframe sandbox="allow-scripts" srcdoc="{page}" style="{frame}" title="{title}"></iframe>'

    @property
    def summary(self) -> str:
        """One line: test accuracy 83.1 %; worst class: cat 66 % (62-70), mostly taken for dog."""
        from trainferry.views.predictions.words import summary

        return summary(self.predictions, self.source.what)

    @property
    def file_name(self) -> str:
        """What the page's file is called."""
        kind = [] if self.source.what == "test" else [self.source.what]
        return (
            "-".join(["predictions", *kind, *([self.source.short] if self.source.short != "predictions" else [])])
            + ".html"
        )

    def numbers(self) -> dict[str, Any]:
        """Plain values: accuracy and its interval, the same class by class, the confusion matrix."""
        overall, counts = self.predictions.overall, self.predictions.counts
        return {
            "of": self.source.found.run if self.source.found else self.source.title,
            "what": self.source.what,
            **_shares("accuracy", overall),
            "worst": self.predictions.worst,
            "classes": [{"name": name, **_shares("recall", counts[name]), **self._taken(name)} for name in counts],
            "order": list(self.predictions.classes),
            "confusion": [list(line) for line in self.predictions.confusion],
        }

    def page(self) -> str:
        """One HTML file, its pictures in it."""
        from trainferry.views import pictures as sheets
        from trainferry.views.predictions import page, selection

        references = [row.image for row in selection.shown(self.predictions) if row.image]
        files = self._files({sheets.reference(one).path for one in references})
        sheet = sheets.sheet(files, references)
        return page.page(page.About(self.source.title, self.source.what, *self._told()), self.predictions, sheet)

    def _files(self, paths: set[str]) -> dict[str, bytes]:
        found, folder = self.source.found, self.source.folder
        files = pictures.beside(folder, paths) if folder else {}
        return files | pictures.named(found.store, found.run, paths - set(files)) if found else files

    def _told(self) -> tuple[list[str], list[str]]:
        """Facts and next commands."""
        found = self.source.found
        if found is None:
            return [], []
        name = names.short(found.run)
        commands = [f"ferry rerun {name} --boost-worst 3", f"ferry compare {name} OTHER"]
        return _facts(record.read(found.store, found.run)), commands

    def _taken(self, name: str) -> dict[str, Any]:
        other, count = self.predictions.taken_for(name)
        return {"taken_for": other, "taken": count}


class Predicting(Project):
    """Predictions of runs."""

    def predictions(self, name: str = "", file: str = "", columns: str = "", validation: bool = False) -> Predicted:
        """Of a run's test images (or validation images); `file`: another table, here or in the run's output.

        `columns`: `label=truth,prediction=guess` where it calls them otherwise. Raises Missing with the contract.
        """
        told = columns_module.typed(columns)
        if told and not file:
            raise BadInput(f"--columns {columns}: of which file?", f"--file predictions.csv --columns {columns}")
        here = Path(file).expanduser()
        if file and here.is_file():
            source = Source(file, found=self._found(name) if name else None, folder=here.absolute().parent)
            return Predicted(source, tables.read(_local(here), file, told))
        if file and not name:
            raise Missing(
                f"--file {file}: no such file here", f"ferry predictions RUN --file {file}   for one of its output"
            )
        found = self._found(name)
        path = file or (VALIDATION if validation else TEST)
        source = Source(found.run if not file else f"{found.run}:{file}", "validation" if validation else "test", found)
        return Predicted(source, self._predictions(found, path, told))

    def _predictions(self, found: Found, path: str = TEST, columns: dict[str, str] | None = None) -> Predictions:
        """A table of the run's output, verified."""
        files = reader.files(found.store, found.run)
        if path not in files:
            raise self._no_table(found, path, files)
        if files[path].size > LARGEST:
            raise BadInput(f"{found.run}:{path}: {files[path].size >> 20} MiB, expected {LARGEST >> 20} MiB at most")
        data = reader.content(found.store, found.run, path, files[path])
        return tables.read(data, f"{found.run}:{path}", columns)

    def _no_table(self, found: Found, path: str, files: dict[str, StoredFile]) -> Missing:
        """What to do about it: wait, name another file, or make one in a notebook."""
        name = names.short(found.run)
        if found.known and not self._status(found).finished:
            return Missing(f"{found.run} has no {path} yet, it is under way", f"ferry wait {name}")
        if path == VALIDATION:
            return Missing(f"{found.run} has no {path}", f"ferry predictions {name}   is of the test images")
        others = [other for other in sorted(files) if other.endswith(".csv") and other != VALIDATION]
        if others:
            return Missing(f"{found.run} has no {path}; {EXPECTED}", f"ferry predictions {name} --file {others[0]}")
        return Missing(f"{found.run} has no {path}; {EXPECTED}", f"ferry notebook {name}   is where one can be made")


def _local(path: Path) -> bytes:
    with translated(path):
        if path.stat().st_size > LARGEST:
            raise BadInput(f"--file {path}: expected {LARGEST >> 20} MiB at most")
        return path.read_bytes()


def _shares(name: str, count: tables.Count) -> dict[str, Any]:
    low, high = wilson(count.right, count.images)
    return {"images": count.images, "right": count.right, name: count.share, "low": low, "high": high}


def _facts(told: Record | None) -> list[str]:
    if told is None:
        return []
    data = [f"{mount['dataset']}@{mount['version'][:8]}" for mount in told.spec.get("data", ())]
    when = [time.strftime("submitted %d %b %Y, %H:%M UTC", time.gmtime(told.when))] if told.when else []
    return [" · ".join([*data, *when])] if data or when else []
