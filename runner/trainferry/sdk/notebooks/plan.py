"""From what is asked for of a notebook to the Job that is sent: every name pinned, nothing sent yet."""

import getpass
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from trainferry.errors import Missing
from trainferry.manifests import text
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.notebook import Notebook, notebook
from trainferry.runs.record import Record
from trainferry.sdk import names, prepare
from trainferry.sdk.engine import Plan
from trainferry.sdk.notebooks.wish import Subject, Wish
from trainferry.sdk.prepare import Prepared, Preparer
from trainferry.ship import contexts, image, snapshot
from trainferry.ship.snapshot import Snapshot
from trainferry.spec.runspec import RunSpec
from trainferry.spec.settings import IN_CLUSTER, Settings
from trainferry.store import Store

MEMORY, CPU = "4Gi", "1"


@dataclass(frozen=True)
class Planner:
    """Of one project. Nothing of its `[run]` holds: whoever trains with eight GPUs reads the results with none."""

    settings: Settings
    store: Store
    story: Callable[[str], None]

    def plan(self, about: Subject, wish: Wish) -> Prepared:
        """Folders are pushed, and images built that no registry has. Raises what `run` raises."""
        preparer = Preparer(replace(self.settings, run={}, image=""), lambda: self.store, self.story)
        asked = preparer.ask({
            "cpu": CPU, "memory": MEMORY, **wish.flags, "name": about.name, "tag": prepare.fresh_tag(),
            "data": list(wish.data or about.data),
            "command": ["python3", "-m", "trainferry.agent.desk", "--idle", str(wish.seconds())],
        })  # fmt: skip
        code = None if about.spec else snapshot.take(self.settings.root)
        spec = asked.spec.but(
            data=preparer.data(asked),
            code=code.digest if code else about.code,
            image=self._image(asked.spec.image),
        )
        agent = preparer.agent(build=True)
        wanted = Notebook(spec, about.run, "" if wish.fresh else self._earlier(about), self._sdk(about, agent))
        manifest = text.dump([notebook(wanted, agent, self.settings.namespace)])
        return Prepared(Plan(spec, agent, manifest), code, self._record(about, spec, code))

    def _image(self, wished: str) -> str:
        """Pinned; images/notebook, built when no registry has it, where none is wished for."""
        made = contexts.notebook_image(self.settings.base_image)
        found = image.resolve(wished) if wished else image.build(made, self.settings.registry, self.story)
        self.story(f"image     {found}")
        return found

    def _earlier(self, about: Subject) -> str:
        """The last notebook of this name, whose project folder is taken over."""
        with suppress(Missing):
            found = names.find_in_store(self.store, about.name, "")
            return found if names.short(found) == about.name else ""
        return ""

    def _sdk(self, about: Subject, agent: AgentImage) -> tuple[tuple[str, str], ...]:
        """What `Ferry()` in the pod finds in its environment, so that it sends runs as this project does."""
        settings = self.settings
        told = {
            "FERRY_ENGINE": "kubernetes",
            "FERRY_CONTEXT": IN_CLUSTER,
            "FERRY_NAMESPACE": settings.namespace,
            "FERRY_STORE": settings.store,
            "FERRY_IMAGE": about.image or (image.resolve(settings.image) if settings.image else ""),
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


def _who() -> str:
    return os.environ.get("FERRY_USER") or getpass.getuser()
