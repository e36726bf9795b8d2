"""The verbs of notebooks: open, stop."""

import os

from trainferry.errors import BadInput, Missing
from trainferry.local import folder
from trainferry.runs import phases, record
from trainferry.sdk import names
from trainferry.sdk.notebooks import here, plan
from trainferry.sdk.notebooks.lab import Lab
from trainferry.sdk.notebooks.wish import Subject, Wish, subject
from trainferry.sdk.training import Submitted, Training
from trainferry.spec import pairs
from trainferry.spec.runspec import RunSpec


class Opening(Training):
    """Notebooks."""

    def notebook(self, run: str = "", wish: Wish | None = None, port: int = 0, local: bool = False) -> Lab:
        """A JupyterLab beside a run's data and results (the latest run's; the project alone when there is none).

        In the cluster, or with `local` (and where no cluster is configured) on this machine. One that is under way is
        opened again. Raises what `run` raises, RunFailed when it ends before it answers.
        """
        if local or self.settings.engine != "kubernetes":
            return self._notebook_here(run, wish or Wish(), port)
        return self.reach_notebook(self.start_notebook(run, wish).name, port)

    def start_notebook(self, run: str = "", wish: Wish | None = None) -> Submitted:
        """Send the notebook to the cluster unless it is under way there; returns at once."""
        self._needs_cluster("notebook --detach")
        wish = wish or Wish()
        wish.seconds()  # what was typed comes first
        about = self._notebook_subject(run)
        if about.store.url != self.store.url:
            url = about.store.url
            raise BadInput(f"{about.run} is in {url}", f"ferry notebook {about.run} --store {url}")
        if there := self._notebook_under_way(about):
            return there
        prepared = plan.Planner(self.settings, self.store, self.story).plan(about, wish)
        self._upload(prepared)
        return self._submit(prepared.plan)

    def reach_notebook(self, name: str, port: int = 0) -> Lab:
        """Forward one that is in the cluster to this machine, as soon as it answers. `name`: its full name."""
        from trainferry.sdk.kubernetes import KubernetesEngine
        from trainferry.sdk.notebooks.pod import Pod  # it loads the cluster's packages

        engine = self.engine
        if not isinstance(engine, KubernetesEngine):
            raise Missing(f"no notebook {name} {self._where()}", "ferry notebook")
        return Pod(engine, name, self.story).open(port)

    def stop_notebook(self, run: str = "") -> str:
        """End the one of this run; returns its name. What was in its project folder stays in the store."""
        self._needs_cluster("notebook --stop")
        about = self._notebook_subject(run)
        there = self._notebook_under_way(about)
        if there is None:
            raise Missing(f"no notebook {about.name} is under way {self._where()}", "ferry get runs")
        self.engine.delete(there.name, wait=True)
        return there.name

    def _notebook_subject(self, run: str) -> Subject:
        try:
            return subject(self._found(run))
        except Missing:
            if run:
                raise
            return Subject(self.store, folder=self.settings.root.name)

    def _notebook_under_way(self, about: Subject) -> Submitted | None:
        rows = [row for row in self.engine.runs() if names.short(row.run) == about.name]
        for row in reversed(rows):
            kept = record.read(about.store, row.run) if row.status not in phases.FINISHED else None
            if kept and kept.lineage.get("opens", "") == about.run:
                return Submitted(row.run, False, RunSpec.from_dict(kept.spec))
        return None

    def _notebook_here(self, run: str, wish: Wish, port: int) -> Lab:
        here.check()
        idle = wish.seconds()
        about = self._notebook_subject(run)
        mounts = pairs.mounts([(data, "--data") for data in wish.data or about.data])
        place = here.Place(self.settings.root, folder.home(os.environ) / "notebooks", port, idle)
        return here.start(place, here.gather(about.store, about.run, mounts, place))
