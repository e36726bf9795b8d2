"""The verbs of demos: the panels of a run, a ready notebook, and the page that a notebook becomes."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from trainferry.errors import BadInput
from trainferry.sdk import names
from trainferry.sdk.demo.wish import DemoWish
from trainferry.sdk.kept import Found
from trainferry.sdk.links import openers
from trainferry.sdk.project import Project
from trainferry.sdk.sharing import Shared, checked_expiry, whoami
from trainferry.store.os_errors import translated

if TYPE_CHECKING:
    from trainferry.sdk.demo.making import Draft
    from trainferry.sdk.demo.page import Demo
    from trainferry.sdk.demo.panels import Panels


class Demos(Project):
    """Demos of runs. What draws them is imported when somebody makes one."""

    def demo(self, run: str = "") -> "Panels":
        """The panels of a run; of the one that is published (FERRY_RUN), else the latest, when it is not named."""
        return self._panels(self._found(run or os.environ.get("FERRY_RUN", "")))

    def new_demo(self, run: str = "", target: str | Path = "demo.ipynb") -> Path:
        """A notebook with the panels that the run has something for. Raises BadInput when the file is there."""
        from trainferry.sdk.demo import ready

        path = Path(target).expanduser()
        if path.exists():
            raise BadInput(f"demo new: {path} is here already", f"ferry demo publish {path}   or --out OTHER.ipynb")
        found = self._found(run)
        text = ready.notebook(self._panels(found), names.short(found.run), self.story)
        with translated(path):
            path.write_text(text)
        return path

    def write_demo(self, source: str | Path, target: str | Path, run: str = "", wish: DemoWish | None = None) -> Path:
        """Run and clean a notebook, and write its page to a file, whole or not at all."""
        from trainferry.sdk.demo import making

        path = Path(target).expanduser()
        if path.suffix.lower() not in (".html", ".htm") or path.is_dir() or not path.absolute().parent.is_dir():
            raise BadInput(f"--out {target}: expected an .html file in a folder that is there", "--out demo.html")
        found = self._found(run) if run else None
        made = self._made(making.read(Path(source).expanduser(), wish or DemoWish()), found)
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
        from trainferry.sdk.demo import making, notebook, publishing

        wish, path = wish or DemoWish(), Path(source).expanduser()
        seconds = checked_expiry(wish.expires)
        found = self._found(run) if run else None
        name = notebook.slug(wish.name or (f"{path.stem}-{names.short(found.run)}" if found else path.stem))
        draft = making.read(path, wish)
        store = found.store if found else self.store
        opener = openers.of(store, self.settings, lambda: self.engine)
        opener.prepare()
        about = f"{found.run}, {path.name}" if found else path.name
        opened = publishing.publish(opener, self._made(draft, found), publishing.Wanted(name, whoami(), about, seconds))
        undo = f"ferry unshare {opened.record.id}" + (f" --store {store.url}" if store.url != self.store.url else "")
        return Shared(opened.record, opened.link, undo, opened.story)

    def _panels(self, found: Found) -> "Panels":
        from trainferry.sdk.demo.panels import Panels, material

        return Panels(material(found), lambda name: material(self._found(name)))

    def _made(self, draft: "Draft", found: Found | None) -> "Demo":
        from trainferry.sdk.demo import making

        about = f"run {found.run}" if found else ""
        return making.made(draft, about, self._environment(found), self.story)

    def _environment(self, found: Found | None) -> dict[str, str]:
        """So that `Ferry()` in the notebook is this one."""
        settings = self.settings
        told = {"FERRY_STORE": found.store.url if found else settings.store, "FERRY_ENGINE": settings.engine}
        told |= {"FERRY_CONTEXT": settings.context, "FERRY_NAMESPACE": settings.namespace}
        told |= {"FERRY_RUN": found.run if found else ""}
        return {key: value for key, value in told.items() if value}
