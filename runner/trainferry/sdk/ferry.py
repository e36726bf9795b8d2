"""`Ferry`: the same verbs as the command line, each returning values instead of printing."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from trainferry.data import catalog, pull, push
from trainferry.data.progress import Report
from trainferry.errors import BadInput, Missing
from trainferry.manifests import text
from trainferry.runs import layout, phases, progress, reader, record
from trainferry.runs.phases import Outcome, RunRow, Status
from trainferry.sdk import boards, copying, describing, kept, names, prepare
from trainferry.sdk.engine import Engine, Plan
from trainferry.sdk.kept import Found
from trainferry.ship import contexts, image, snapshot, worktree
from trainferry.spec import settings as settings_module
from trainferry.spec.runspec import RunSpec
from trainferry.store import Store, open_store

Story = Callable[[str], None]


def silent(line: str) -> None:
    """The story nobody listens to."""


@dataclass(frozen=True)
class Submitted:
    """`created` is False when just this run was there already (`status` says how it is)."""

    name: str
    created: bool
    spec: RunSpec


class Ferry:
    """One project on one engine. Keyword arguments win over FERRY_*, ferry.toml and the user's config.

    >>> Ferry(context="gke-team", namespace="alice", store="gs://team-ferry").runs()
    """

    def __init__(self, story: Story = silent, cwd: Path | None = None, **flags: str | None) -> None:
        self.settings = settings_module.load(flags, os.environ, cwd or Path.cwd())
        self.story = story

    @cached_property
    def store(self) -> Store:
        """Where data, code and results live."""
        return open_store(self.settings.store)

    @cached_property
    def engine(self) -> Engine:
        """The cluster when one is configured, else this machine."""
        if self.settings.engine == "kubernetes":
            from trainferry.sdk.kubernetes import KubernetesEngine

            return KubernetesEngine(self.settings, lambda: self.store)
        from trainferry.local.engine import LocalEngine

        return LocalEngine()

    # data ------------------------------------------------------------------------------------------

    def push(self, folder: str | Path, name: str = "", progress: Report | None = None) -> push.Pushed:
        """Make `folder` the newest version of a dataset; unchanged bytes do not travel again."""
        path = Path(folder).expanduser()
        if not path.is_dir():
            raise BadInput(f"data push {folder}: no such folder")
        return push.push(self.store, path, prepare.dataset_name(path, name), progress)

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
        catalog.remove(self.store, name, version)

    # from flags to a run ----------------------------------------------------------------------------

    def build(self, what: str = "all") -> list[str]:
        """Build and push the images that runs need; returns `name@sha256:...`, one an image."""
        ours = {"ferry": contexts.ferry_image, "trainer": contexts.trainer_image}
        if what == "all":
            chosen = [make(self.settings.base_image) for make in ours.values()]
        elif what in ours:
            chosen = [ours[what](self.settings.base_image)]
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
            if spec.code and self.store.stat(layout.snapshot(spec.code)) is None:
                message = f"the code of {spec.full_name} is not in {self.settings.store}"
                raise BadInput(message, "ferry render -o DIR uploads it")
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

    # following --------------------------------------------------------------------------------------

    def find(self, name: str = "") -> str:
        """The full name of a run named in short; of the latest when `name` is empty. Deleted runs are in the store."""
        return self._found(name).run

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        """The runs of this namespace (or machine), oldest first."""
        return self.engine.runs(selector, all_namespaces)

    def progress(self, rows: Sequence[RunRow]) -> dict[str, str]:
        """How far the runs that are under way have come, in their own words; the newest 16 of them are asked."""
        active = [row.run for row in rows if row.status in (phases.RUNNING, phases.SAVING)][-16:]
        if not active:
            return {}
        with ThreadPoolExecutor(len(active)) as pool:
            return dict(zip(active, pool.map(lambda run: progress.progress(self.store, run), active), strict=True))

    def status(self, name: str = "") -> Status:
        """Where the run is now."""
        return self._status(self._found(name))

    def watch(self, name: str = "") -> Iterator[Status]:
        """Every change of phase, until the run is finished."""
        found = self._found(name)
        return self.engine.watch(found.run) if found.known else iter([self._status(found)])

    def wait(self, name: str = "") -> Outcome:
        """Block until the run is finished; the verdict comes from cluster and store, never from a stream's end."""
        found = self._found(name)
        if not found.known:
            return kept.outcome(reader.manifest(found.store, found.run))
        for _ in self.engine.watch(found.run):
            pass
        return self.engine.outcome(found.run)

    def logs(self, name: str = "", follow: bool = False, attempt: int | None = None) -> Iterator[bytes]:
        """The command's own bytes. Once the run is finished they come from the store, byte for byte."""
        found = self._found(name)
        if attempt is None and found.known and not reader.finished(found.store, found.run):
            return self.engine.logs(found.run, follow)
        return reader.log(found.store, found.run, attempt)

    def describe(self, name: str = "") -> dict[str, Any]:
        """Spec, status, attempts with their verdicts, and what the output holds."""
        found = self._found(name)
        manifest, asked = reader.manifest(found.store, found.run), record.read(found.store, found.run)
        return describing.description(found.run, self._status(found), manifest, asked)

    def delete(self, name: str, purge: bool = False, wait: bool = False) -> str:
        """Stop and remove a run; its results stay in the store unless `purge`."""
        found = self._found(name)
        if not found.known and not purge:
            message = f"{found.run} was deleted before; its results are in {found.store.url}"
            raise Missing(message, f"ferry delete {found.run} --purge")
        if purge:
            found.store.stat(layout.record(found.run))  # the store answers, or nothing is deleted at all
        if found.known:
            self.engine.delete(found.run, wait or purge)
        for info in list(found.store.list(layout.run(found.run))) if purge else ():
            found.store.delete(info.name)
        return found.run

    # results ----------------------------------------------------------------------------------------

    def checkpoints(self, name: str = "") -> list[reader.Checkpoint]:
        """What the run has published so far, oldest step first."""
        found = self._found(name)
        return reader.checkpoints(found.store, found.run)

    def copy(self, source: str, target: str, progress: Callable[[str], None] = silent) -> list[copying.Copied]:
        """`RUN:best`, `RUN:last`, `RUN:path` or a glob, into a folder or file; verified, then renamed."""
        name, colon, what = source.partition(":")
        if not colon or not what:
            raise BadInput(f"cp {source}: expected RUN:PATH, RUN:best or RUN:last", "ferry get checkpoints RUN")
        found = self._found(name)
        return copying.copy(found.store, found.run, what, target, progress)

    def tensorboard(self, runs: Sequence[str] = (), port: int = 6006) -> boards.Board:
        """A local TensorBoard over mirrored event files; `.close()` ends it."""
        boards.check_port(port)
        found = [self._found(name) for name in runs or [""]]
        return boards.open_board({one.run: one.store for one in found}, port)

    # ------------------------------------------------------------------------------------------------

    def _preparer(self, offline: bool = False) -> prepare.Preparer:
        return prepare.Preparer(self.settings, lambda: self.store, self.story, offline)

    def _pinned(self, command: Sequence[str], flags: Mapping[str, Any], offline: bool) -> prepare.Prepared:
        preparer = self._preparer(offline)
        return preparer.pin(preparer.ask({**flags, "command": list(command)}), send=False)

    def _needs_cluster(self, verb: str) -> None:
        if self.settings.engine != "kubernetes":
            raise BadInput(f"{verb} needs a cluster and none is configured", "ferry init --context NAME")

    def _upload(self, prepared: prepare.Prepared) -> None:
        if prepared.code is not None:
            new = snapshot.upload(self.store, prepared.code)
            self.story(f"snapshot  {prepared.code.digest[:12]}  {'new' if new else 'unchanged'}")
        run = prepared.plan.spec.full_name
        record.write(self.store, prepared.record)
        if prepared.plan.manifest:
            self.store.put(layout.rendered(run), prepared.plan.manifest.encode())

    def _submit(self, plan: Plan) -> Submitted:
        run = plan.spec.full_name
        return Submitted(run, self.engine.submit(plan), plan.spec)

    def _where(self) -> str:
        return f"in namespace {self.settings.namespace}" if self.settings.engine == "kubernetes" else "on this machine"

    def _found(self, name: str) -> Found:
        """The run that is meant, of the engine's, else of the store's. A run knows its own store."""
        try:
            row = names.find(self.engine.runs(), name, self._where())
        except Missing:
            return Found(names.find_in_store(self.store, name, self._where()), self.store, known=False)
        own = row.store and row.store != self.settings.store
        return Found(row.run, open_store(row.store) if own else self.store, known=True)

    def _status(self, found: Found) -> Status:
        return self.engine.status(found.run) if found.known else kept.status(reader.manifest(found.store, found.run))
