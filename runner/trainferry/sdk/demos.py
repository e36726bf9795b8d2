"""The verbs of demos: the panels of a run, a ready notebook, and the page that a notebook becomes."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from trainferry.errors import BadInput
from trainferry.sdk import names
from trainferry.sdk.demo import drawing, notebook, page, publishing, ready, running
from trainferry.sdk.demo.material import Material
from trainferry.sdk.demo.page import Demo
from trainferry.sdk.demo.panels import Panels
from trainferry.sdk.demo.publishing import Wanted
from trainferry.sdk.kept import Found
from trainferry.sdk.links import openers
from trainferry.sdk.project import Project
from trainferry.sdk.sharing import Shared, checked_expiry, whoami
from trainferry.spec import quantities
from trainferry.store.os_errors import translated

NEEDED = ("nbclient", "nbconvert", "nh3", "ipykernel")


@dataclass(frozen=True)
class DemoWish:
    """What a demo is to be: `name` its link's, `code` shows the source, `as_is` runs nothing; times as people type."""

    expires: str = "7d"
    name: str = ""
    code: bool = False
    as_is: bool = False
    timeout: str = "10m"
    allow_secrets: bool = False


class Demos(Project):
    """Demos of runs."""

    def demo(self, run: str = "") -> Panels:
        """The panels of a run; of the one that is published (FERRY_RUN), else the latest, when it is not named."""
        return self._panels(self._found(run or os.environ.get("FERRY_RUN", "")))

    def new_demo(self, run: str = "", target: str | Path = "demo.ipynb") -> Path:
        """A notebook with the panels that the run has something for. Raises BadInput when the file is there."""
        path = Path(target).expanduser()
        if path.exists():
            raise BadInput(f"demo new: {path} is here already", f"ferry demo publish {path}   or --out OTHER.ipynb")
        found = self._found(run)
        text = ready.notebook(self._panels(found), names.short(found.run))
        with translated(path):
            path.write_text(text)
        return path

    def write_demo(self, source: str | Path, target: str | Path, run: str = "", wish: DemoWish | None = None) -> Path:
        """Run and clean a notebook, and write its page to a file, whole or not at all."""
        path = Path(target).expanduser()
        if path.suffix.lower() not in (".html", ".htm") or path.is_dir() or not path.absolute().parent.is_dir():
            raise BadInput(f"--out {target}: expected an .html file in a folder that is there", "--out demo.html")
        made = self._drawn(Path(source).expanduser(), self._found(run) if run else None, wish or DemoWish())
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with translated(path):
            try:
                temporary.write_bytes(made.html)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return path

    def publish_demo(self, source: str | Path, run: str = "", wish: DemoWish | None = None) -> Shared:
        """Run, clean and publish a notebook. The same name once more keeps the link and starts its time anew."""
        wish, path = wish or DemoWish(), Path(source).expanduser()
        seconds = checked_expiry(wish.expires)
        found = self._found(run) if run else None
        name = notebook.slug(wish.name or (f"{path.stem}-{names.short(found.run)}" if found else path.stem))
        made = self._drawn(path, found, wish)
        store = found.store if found else self.store
        opener = openers.of(store, self.settings, lambda: self.engine)
        about = f"{found.run}, {path.name}" if found else path.name
        opened, again = publishing.publish(opener, made, Wanted(name, whoami(), about, seconds))
        undo = f"ferry unshare {opened.record.id}" + (f" --store {store.url}" if store.url != self.store.url else "")
        told = ("the link is the one given out before", *opened.story) if again else opened.story
        return Shared(opened.record, opened.link, undo, told)

    def _panels(self, found: Found) -> Panels:
        return Panels(_material(found), lambda name: _material(self._found(name)))

    def _drawn(self, path: Path, found: Found | None, wish: DemoWish) -> Demo:
        timeout = quantities.duration(wish.timeout, "--timeout")
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise BadInput(f"demo publish needs {', '.join(missing)}", notebook.INSTALL)
        book = notebook.read(path)
        if not wish.as_is:
            self.story(f"running {path.name}")
            running.run(book, path.absolute().parent, self._environment(found), timeout)
        pieces = list(drawing.pieces(book, wish.code))
        if not wish.allow_secrets:
            page.check_leaks(pieces, path.name, os.environ)
        if lost := sum(piece.lost for piece in pieces):
            self.story(f"left out: {lost} pictures that are not in the notebook itself; a demo asks no network")
        return page.demo(notebook.title(book) or path.stem, pieces, f"run {found.run}" if found else "")

    def _environment(self, found: Found | None) -> dict[str, str]:
        """So that `Ferry()` in the notebook is this one."""
        settings = self.settings
        told = {"FERRY_STORE": found.store.url if found else settings.store, "FERRY_ENGINE": settings.engine}
        told |= {"FERRY_CONTEXT": settings.context, "FERRY_NAMESPACE": settings.namespace}
        return {**{key: value for key, value in told.items() if value}, **({"FERRY_RUN": found.run} if found else {})}


def _material(found: Found) -> Material:
    return Material(found.store, found.run)
