"""The verbs of notebooks: open, stop."""

import getpass
import os
import time
from contextlib import suppress
from dataclasses import replace

from trainferry.errors import BadInput, Missing
from trainferry.local import folder
from trainferry.manifests import text
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.notebook import Notebook, notebook
from trainferry.runs import phases, record
from trainferry.runs.record import Record
from trainferry.sdk import names, prepare
from trainferry.sdk.engine import Plan
from trainferry.sdk.notebooks import here
from trainferry.sdk.notebooks.lab import Lab
from trainferry.sdk.notebooks.wish import Subject, Wish, subject
from trainferry.sdk.prepare import Prepared, Preparer
from trainferry.sdk.training import Submitted, Training
from trainferry.ship import contexts, image, snapshot
from trainferry.ship.snapshot import Snapshot
from trainferry.spec.runspec import RunSpec
from trainferry.spec.settings import IN_CLUSTER

MEMORY, CPU = "4Gi", "1"


class Opening(Training):
    """Notebooks."""

    def notebook(self, run: str = "", wish: Wish | None = None, port: int = 0, local: bool = False) -> Lab:
        """A JupyterLab beside a run's data and results (the latest run's; the project alone when there is none).

        In the cluster, or with `local` (and where no cluster is configured) on this machine. One that is under way is
        opened again. Raises what `run` raises, RunFailed when it ends before it answers.
        """
        if local or self.settings.engine != "kubernetes":
            return self._here(run, wish or Wish(), port)
        sent = self.start_notebook(run, wish)
        return self.reach_notebook(sent.name, port)

    def start_notebook(self, run: str = "", wish: Wish | None = None) -> Submitted:
        """Send the notebook to the cluster unless it is under way there; returns at once."""
        self._needs_cluster("notebook without --local")
        wish, about = wish or Wish(), self._subject(run)
        idle = wish.seconds
        there = self._under_way(about)
        if there is not None:
            return there
        prepared = self._notebook_plan(about, wish, idle)
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
        about = self._subject(run)
        there = self._under_way(about)
        if there is None:
            raise Missing(f"no notebook {about.name} is under way {self._where()}", "ferry get runs")
        self.engine.delete(there.name, wait=True)
        return there.name

    def _subject(self, run: str) -> Subject:
        try:
            found = self._found(run)
        except Missing:
            if run:
                raise
            return Subject(folder=self.settings.root.name)
        if found.store.url != self.store.url:
            url = found.store.url
            raise BadInput(f"{found.run} is in {url}", f"ferry notebook {found.run} --store {url}")
        return subject(found)

    def _under_way(self, about: Subject) -> Submitted | None:
        rows = [row for row in self.engine.runs() if names.short(row.run) == about.name]
        for row in reversed(rows):
            kept = record.read(self.store, row.run) if row.status not in phases.FINISHED else None
            if kept and kept.lineage.get("opens", "") == about.run:
                return Submitted(row.run, False, RunSpec.from_dict(kept.spec))
        return None

    def _notebook_plan(self, about: Subject, wish: Wish, idle: int) -> Prepared:
        """Nothing of `[run]` holds for a notebook: whoever trains with eight GPUs reads the results with none."""
        settings = replace(self.settings, run={}, image="")
        preparer = Preparer(settings, lambda: self.store, self.story)
        asked = preparer.ask({
            "cpu": CPU, "memory": MEMORY, **wish.flags, "name": about.name, "tag": prepare.fresh_tag(),
            "data": list(wish.data or about.data),
            "command": ["python3", "-m", "trainferry.agent.desk", "--idle", str(idle)],
        })  # fmt: skip
        self.engine.check(asked.spec)
        code = None if about.spec else snapshot.take(self.settings.root)
        spec = asked.spec.but(
            data=preparer.data(asked),
            code=code.digest if code else about.spec.code if about.spec else "",
            image=self._image(asked.spec.image),
        )
        agent = preparer.agent(build=True)
        wanted = Notebook(spec, about.run, "" if wish.fresh else self._earlier(about), self._sdk(about, agent))
        manifest = text.dump([notebook(wanted, agent, self.settings.namespace)])
        return Prepared(Plan(spec, agent, manifest), code, self._record(about, spec, code))

    def _image(self, wished: str) -> str:
        """Pinned; images/notebook, built when no registry has it, where none is wished for."""
        made = contexts.notebook_image(self.settings.base_image)
        return image.resolve(wished) if wished else image.build(made, self.settings.registry, self.story)

    def _earlier(self, about: Subject) -> str:
        """The last notebook of this name, whose project folder is taken over."""
        with suppress(Missing):
            found = names.find_in_store(self.store, about.name, "")
            return found if names.short(found) == about.name else ""
        return ""

    def _sdk(self, about: Subject, agent: AgentImage) -> tuple[tuple[str, str], ...]:
        """What `Ferry()` in the pod finds in its environment, so that it sends runs as this project does."""
        settings = self.settings
        ours = about.spec.image if about.spec else ""
        told = {
            "FERRY_ENGINE": "kubernetes",
            "FERRY_CONTEXT": IN_CLUSTER,
            "FERRY_NAMESPACE": settings.namespace,
            "FERRY_STORE": settings.store,
            "FERRY_IMAGE": ours or (image.resolve(settings.image) if settings.image else ""),
            "FERRY_AGENT_IMAGE": agent.image,
            "FERRY_REGISTRY": settings.registry,
            "FERRY_BASE_IMAGE": settings.base_image,
            "FERRY_SERVICE_ACCOUNT": settings.service_account,
            "FERRY_GPU_SCHEME": settings.gpu_scheme,
            "FERRY_USER": _who(),
        }
        return tuple((name, value) for name, value in told.items() if value)

    def _record(self, about: Subject, spec: RunSpec, code: Snapshot | None) -> Record:
        return Record(
            run=spec.full_name,
            spec=spec.to_dict(),
            commit=code.commit if code else "",
            dirty=code.dirty if code else 0,
            who=_who(),
            when=time.time(),
            engine=self.settings.engine,
            namespace=self.settings.namespace,
            lineage={"opens": about.run} if about.run else {},
        )

    def _here(self, run: str, wish: Wish, port: int) -> Lab:
        here.check()
        about = self._subject(run)
        place = here.Place(self.settings.root, folder.home(os.environ) / "notebooks", port, wish.seconds)
        asked = Preparer(replace(self.settings, run={}), lambda: self.store, self.story).ask(
            {"command": ["jupyter"], "data": list(wish.data or about.data)}
        )
        mounts = Preparer(self.settings, lambda: self.store, self.story).data(asked)
        return here.start(place, here.gather(self.store, about.run, mounts, place))


def _who() -> str:
    return os.environ.get("FERRY_USER") or getpass.getuser()
