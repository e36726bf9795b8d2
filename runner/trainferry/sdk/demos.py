"""The verbs of demos: the panels of a run, a ready notebook, and the page that a notebook becomes."""

import os

from trainferry.sdk.demo.material import Material
from trainferry.sdk.demo.panels import Panels
from trainferry.sdk.project import Project


class Demos(Project):
    """Demos of runs."""

    def demo(self, run: str = "") -> Panels:
        """The panels of a run; of the one that is published (FERRY_RUN), else the latest, when it is not named."""
        found = self._found(run or os.environ.get("FERRY_RUN", ""))
        return Panels(Material(found.store, found.run))
