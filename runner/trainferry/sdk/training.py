"""The verbs from flags to a run: build, render, run, apply."""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trainferry.data import catalog
from trainferry.errors import BadInput, Changed, Missing
from trainferry.manifests import text
from trainferry.runs import layout, lease, record
from trainferry.runs.record import PARENT, Record
from trainferry.sdk import ancestry, describing, names, prepare
from trainferry.sdk.engine import Plan
from trainferry.sdk.kept import Found
from trainferry.sdk.project import Project
from trainferry.ship import contexts, image, snapshot, worktree
from trainferry.spec.revised import defaults
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

    def render(self, command: Sequence[str] = (), offline: bool = False, like: str = "", **flags: Any) -> str:
        """The manifest that `run` would send, byte for byte; sends and uploads nothing."""
        self._needs_cluster("render")
        return self._pinned(command, flags, like, offline).plan.manifest

    def render_to(
        self, folder: Path, command: Sequence[str] = (), offline: bool = False, like: str = "", **flags: Any
    ) -> Path:
        """The same as a file for GitOps; uploads the snapshot, so that the file is all that has to be applied."""
        self._needs_cluster("render")
        prepared = self._pinned(command, flags, like, offline)
        self._upload(prepared)
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / worktree.IGNORE).write_text(
                "*\n# What ferry rendered is no code: rendering again gives the same.\n"
            )
        target = folder / f"{prepared.plan.spec.full_name}.yaml"
        target.write_text(prepared.plan.manifest)
        return target

    def run(self, command: Sequence[str] = (), again: bool = False, like: str = "", **flags: Any) -> Submitted:
        """Send a run; returns at once. The same flags on the same code are the same run: nothing happens twice.

        `like` names a run whose command, resources and data (by version) count where command and flags say nothing.
        """
        if again:
            flags["tag"] = prepare.fresh_tag()
        prepared = self._pinned(command, flags, like, send=True)
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

    def dry_run(self, command: Sequence[str] = (), like: str = "", **flags: Any) -> str:
        """Ask the cluster whether it would take the run; creates nothing."""
        from trainferry.sdk.kubernetes import KubernetesEngine

        manifest = self.render(command, like=like, **flags)
        engine = self.engine
        if isinstance(engine, KubernetesEngine):
            engine.cluster.server_dry_run(text.load(manifest))
        return manifest

    def _preparer(self, offline: bool = False) -> prepare.Preparer:
        return prepare.Preparer(self.settings, lambda: self.store, self.story, offline)

    def _pinned(
        self, command: Sequence[str], flags: Mapping[str, Any], like: str, offline: bool = False, send: bool = False
    ) -> prepare.Prepared:
        flags = {**flags, "command": list(command)}
        if like:
            preparer, asked = self._alike(like, flags, offline)
        else:
            preparer = self._preparer(offline)
            asked = preparer.ask(flags)
        if send:
            self.engine.check(asked.spec)
        prepared = preparer.pin(asked, send)
        if like and prepared.code and prepared.plan.spec.class_weights:
            ancestry.check_weights(prepared.plan.spec, prepared.code, asked.lineage[PARENT])
        return prepared

    def _alike(self, like: str, flags: Mapping[str, Any], offline: bool) -> tuple[prepare.Preparer, prepare.Asked]:
        """What flags mean over what the run `like` was asked to be."""
        if offline:
            raise BadInput(f"--offline --like {like}: what it was is in the store", f"ferry render --like {like}")
        told = self._recorded(self._found(like), "ferry run --like")
        parent = RunSpec.from_dict(told.spec)
        settings = defaults(parent, flags, self.settings)
        preparer = prepare.Preparer(settings, lambda: self.store, self.story, offline)
        asked = preparer.ask(flags)
        spec = asked.spec.but(class_weights=parent.class_weights, class_weights_mode=parent.class_weights_mode)
        self._check_data(spec.but(data=tuple(mount for mount in spec.data if mount.dataset not in asked.folders)))
        self.story(f"like      {told.run}: {shlex.join(spec.command)}")
        return preparer, replace(asked, spec=spec, lineage={PARENT: told.run})

    def _recorded(self, found: Found, command: str) -> Record:
        """What the run was asked to be, for another one that is made from it in the same store."""
        told = record.read(found.store, found.run)
        if told is None:
            raise Missing(f"nobody wrote down what {found.run} was", "ferry run -- COMMAND")
        if found.store.url != self.store.url:
            hint = f"{command} {names.short(found.run)} --store {found.store.url}"
            raise BadInput(f"{found.run} is in {found.store.url}, not in {self.store.url}", hint)
        return told

    def _check_data(self, spec: RunSpec) -> None:
        """Raises Missing for a dataset or version that is not in the store, or no more."""
        for mount in spec.data:
            catalog.resolve(self.store, mount.dataset, mount.version)

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
