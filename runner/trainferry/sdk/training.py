"""The verbs from flags to a run: build, render, run, apply."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainferry.errors import BadInput, Changed
from trainferry.manifests import text
from trainferry.runs import layout, lease, record
from trainferry.runs.record import Record
from trainferry.sdk import describing, prepare
from trainferry.sdk.engine import Plan
from trainferry.sdk.project import Project
from trainferry.ship import contexts, image, snapshot, worktree
from trainferry.spec.runspec import RunSpec

TRIES = 3  # when what was sent is removed before the run is known


@dataclass(frozen=True)
class Submitted:
    """`created` is False when just this run was there already (`status` says how it is)."""

    name: str
    created: bool
    spec: RunSpec


class Training(Project):
    """Sending runs."""

    def build(self, what: str = "all") -> list[str]:
        """Build and push the images that runs need; returns `name@sha256:...`, one an image."""
        ours = {"ferry": contexts.ferry_image, "trainer": contexts.trainer_image}
        asked_for = {**ours, "notebook": contexts.notebook_image}  # not every project opens one
        if what == "all":
            chosen = [make(self.settings.base_image) for make in ours.values()]
        elif what in asked_for:
            chosen = [asked_for[what](self.settings.base_image)]
        else:
            chosen = [contexts.project_image(Path(what).expanduser())]
        if not self.settings.registry:
            raise BadInput("no registry to push images to is configured", "ferry init --registry HOST/PATH")
        return [image.build(context, self.settings.registry, self.story) for context in chosen]

    def render(self, command: Sequence[str] = (), offline: bool = False, **flags: Any) -> str:
        """The manifest that `run` would send, byte for byte; sends and uploads nothing."""
        self._needs_cluster("render")
        return self._pinned(command, flags, offline).plan.manifest

    def render_to(self, folder: Path, command: Sequence[str] = (), offline: bool = False, **flags: Any) -> Path:
        """The same as a file for GitOps; uploads the snapshot, so that the file is all that has to be applied."""
        self._needs_cluster("render")
        prepared = self._pinned(command, flags, offline)
        self._upload(prepared)
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / worktree.IGNORE).write_text(
                "*\n# What ferry rendered is no code: rendering again gives the same.\n"
            )
        target = folder / f"{prepared.plan.spec.full_name}.yaml"
        target.write_text(prepared.plan.manifest)
        return target

    def run(self, command: Sequence[str] = (), again: bool = False, **flags: Any) -> Submitted:
        """Send a run; returns at once. The same flags on the same code are the same run: nothing happens twice."""
        if again:
            flags["tag"] = prepare.fresh_tag()
        preparer = self._preparer()
        asked = preparer.ask({**flags, "command": list(command)})
        self.engine.check(asked.spec)
        prepared = preparer.pin(asked, send=True)
        self._upload(prepared)
        return self._submit(prepared.plan)

    def apply(self, manifest: str, source: str = "-") -> list[Submitted]:
        """Send what `render` printed (`source`: its file, for the errors). Applying twice is a no-op."""
        self._needs_cluster("apply")
        plans = []
        for rendered in text.load(manifest, source):
            spec = describing.spec_of(rendered, source)
            if spec.code:
                self._hold_code(spec)
            plans.append(Plan(spec, None, text.dump([rendered])))
        if not plans:
            raise BadInput(f"{source}: nothing in it", "ferry render -o DIR -- COMMAND")
        return [self._submit(plan) for plan in plans]

    def dry_run(self, command: Sequence[str] = (), **flags: Any) -> str:
        """Ask the cluster whether it would take the run; creates nothing."""
        from trainferry.sdk.kubernetes import KubernetesEngine

        manifest = self.render(command, **flags)
        engine = self.engine
        if isinstance(engine, KubernetesEngine):
            engine.cluster.server_dry_run(text.load(manifest))
        return manifest

    def _preparer(self, offline: bool = False) -> prepare.Preparer:
        return prepare.Preparer(self.settings, lambda: self.store, self.story, offline)

    def _pinned(self, command: Sequence[str], flags: Mapping[str, Any], offline: bool) -> prepare.Prepared:
        preparer = self._preparer(offline)
        return preparer.pin(preparer.ask({**flags, "command": list(command)}), send=False)

    def _upload(self, prepared: prepare.Prepared) -> None:
        """The code, then the record that names it; again when a collection of garbage may have taken the code."""
        run = prepared.plan.spec.full_name
        for _ in range(TRIES):
            began = lease.uptime()
            if prepared.code is not None:
                new = snapshot.upload(self.store, prepared.code)
                self.story(f"snapshot  {prepared.code.digest[:12]}  {'new' if new else 'unchanged'}")
            if prepared.plan.manifest:
                self.store.put(layout.rendered(run), prepared.plan.manifest.encode())
            written = record.keep(self.store, prepared.record)
            if not lease.collected(self.store, written, lease.uptime() - began, self.story):
                return
            if self._is_there(prepared):
                return
        raise Changed(f"what {run} needs was removed from {self.store.url} meanwhile", "the same line once more")

    def _hold_code(self, spec: RunSpec) -> None:
        """Raises BadInput when the snapshot is not there; from now on no collection of garbage takes it."""
        began, name = lease.uptime(), layout.snapshot(spec.code)
        found = self.store.stat(name) is not None
        if found:
            settings = self.settings
            asked = Record(
                spec.full_name, spec.to_dict(), when=time.time(), engine=settings.engine, namespace=settings.namespace
            )
            written = record.keep(self.store, asked)
            if lease.collected(self.store, written, lease.uptime() - began, self.story):
                found = self.store.stat(name) is not None
        if not found:
            message = f"the code of {spec.full_name} is not in {self.settings.store}"
            raise BadInput(message, "ferry render -o DIR uploads it")

    def _is_there(self, prepared: prepare.Prepared) -> bool:
        names = [layout.record(prepared.plan.spec.full_name)]
        names += [layout.snapshot(prepared.plan.spec.code)] if prepared.plan.spec.code else []
        return all(self.store.stat(name) for name in names)

    def _submit(self, plan: Plan) -> Submitted:
        run = plan.spec.full_name
        return Submitted(run, self.engine.submit(plan), plan.spec)
