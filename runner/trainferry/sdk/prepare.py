"""From flags to a plan: every name pinned to a digest, nothing sent yet."""

import getpass
import math
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainferry.data import catalog, push
from trainferry.errors import BadInput
from trainferry.manifests import job, text
from trainferry.manifests.agent_image import AgentImage
from trainferry.runs.record import Record
from trainferry.sdk.engine import Plan
from trainferry.ship import contexts, image, snapshot
from trainferry.ship.snapshot import Snapshot
from trainferry.spec import placeholders, quantities, request
from trainferry.spec.runspec import DataMount, RunSpec
from trainferry.spec.settings import Settings
from trainferry.store import Store

Story = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """A validated spec that nobody was asked about yet. `folders`: dataset -> folder of this machine to push as it."""

    spec: RunSpec
    folders: Mapping[str, Path]
    lineage: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A plan and what has to be in the store before it is sent."""

    plan: Plan
    code: Snapshot | None
    record: Record


def dataset_name(folder: Path, name: str = "") -> str:
    """The name given, else the folder's own, as an RFC 1123 name."""
    if name:
        return quantities.name(name, "dataset", limit=63)
    own = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    if not own:
        raise BadInput(f"{folder}: no dataset name can be made of this folder's", f"ferry data push {folder} NAME")
    return own[:63].rstrip("-")


def fresh_tag() -> str:
    """Enters the digest, so that the same spec is a new run."""
    return f"{time.time_ns():x}"


class Preparer:
    """Pins data, code and images. `offline` refuses whatever it would have to ask somebody for."""

    def __init__(self, settings: Settings, store: Callable[[], Store], story: Story, offline: bool = False) -> None:
        self.settings, self.store, self.story, self.offline = settings, store, story, offline

    def ask(self, flags: Mapping[str, Any]) -> Asked:
        """All that can be wrong with what was typed, before anybody is asked or anything created. Raises BadInput."""
        folders: dict[str, Path] = {}
        data = [self._named(value, folders) for value in self._data(flags)]
        spec = request.request({**flags, "data": data} if folders else dict(flags), self.settings)
        placeholders.fill(spec.command, placeholders.POD, spec.data)
        given = self.settings.registry or (spec.image and self.settings.agent_image)
        if self.settings.engine == "kubernetes" and not given:
            raise _no_registry()
        if self.offline:
            self._refuse_unpinned(spec)
        return Asked(spec, folders)

    def pin(self, asked: Asked, send: bool) -> Prepared:
        """Data, code and images by digest. With `send` folders are pushed, and images built that no registry has."""
        if asked.folders and not send:
            folder = next(iter(asked.folders.values()))
            raise BadInput(f"--data {folder}: render uploads nothing", f"ferry data push {folder}")
        spec = asked.spec
        known = {m.dataset: self._pinned(m) for m in spec.data if m.dataset not in asked.folders}
        code = snapshot.take(self.settings.root)
        self.story(_told(code))
        known |= {m.dataset: self._pushed(m, asked.folders[m.dataset]) for m in spec.data if m.dataset in asked.folders}
        plan = self.plan(spec.but(code=code.digest, data=tuple(known[mount.dataset] for mount in spec.data)), send)
        return Prepared(plan, code, self._record(plan.spec, code, asked.lineage))

    def plan(self, spec: RunSpec, build: bool) -> Plan:
        """Of a spec whose code and data are digests: its images pinned (with `build` made), its manifest rendered."""
        if self.settings.engine != "kubernetes":
            return Plan(spec.but(image=""), None, "")
        spec, agent = spec.but(image=self._image(spec, build)), self.agent(build)
        return Plan(spec, agent, text.dump([job.job(spec, agent, self.settings.namespace)]))

    def agent(self, build: bool) -> AgentImage:
        """The ferry image, pinned; with `build` made when no registry has it."""
        settings = self.settings
        reference = settings.agent_image
        if not reference:
            reference = self._made(contexts.ferry_image(settings.base_image), build, "agent")
        elif "@sha256:" not in reference:
            reference = image.resolve(reference)
        return AgentImage(
            reference,
            env=tuple(sorted(settings.agent_env.items())),
            service_account=settings.service_account,
            gpu_scheme=settings.gpu_scheme,
        )

    def data(self, asked: Asked) -> tuple[DataMount, ...]:
        """By version; folders are pushed."""
        pushed, mounts = asked.folders, asked.spec.data
        return tuple(self._pushed(m, pushed[m.dataset]) if m.dataset in pushed else self._pinned(m) for m in mounts)

    def _data(self, flags: Mapping[str, Any]) -> list[str]:
        data = flags.get("data") or self.settings.run.get("data") or []
        return [data] if isinstance(data, str) else [str(value) for value in data]

    def _named(self, value: str, folders: dict[str, Path]) -> str:
        """`--data ./DIR` becomes the dataset that is named like the folder; all else stays."""
        alias, equals, place = value.rpartition("=")
        if not place.startswith((".", "/", "~")):
            return value
        folder = self.settings.root / Path(place).expanduser()
        if not folder.is_dir():
            raise BadInput(f"--data {value}: no such folder")
        name = dataset_name(folder)
        if folders.setdefault(name, folder) != folder:
            raise BadInput(f"--data {value}: two folders would be dataset {name}", f"ferry data push {place} NAME")
        return f"{alias}{equals}{name}"

    def _pushed(self, mount: DataMount, folder: Path) -> DataMount:
        pushed = push.push(self.store(), folder, mount.dataset, tell=self.story)
        self.story(f"data      {pushed.name}@{pushed.version[:8]}  {pushed.files:,} files")
        return DataMount(mount.name, mount.dataset, pushed.version)

    def _refuse_unpinned(self, spec: RunSpec) -> None:
        loose = [f"--data {m.dataset} has no full @version" for m in spec.data if len(m.version) != 64]
        if self.settings.engine == "kubernetes":
            names = {"--image": spec.image, "agent_image": self.settings.agent_image}
            tags = {what: value or "is not set" for what, value in names.items() if "@" not in value}
            loose += [f"{what} {value}: no @sha256 digest" for what, value in tags.items()]
        if loose:
            hint = "ferry render without --offline prints what it pinned"
            raise BadInput("--offline cannot pin: " + "; ".join(loose), hint)

    def _pinned(self, mount: DataMount) -> DataMount:
        if len(mount.version) == 64:
            return mount
        version = catalog.resolve(self.store(), mount.dataset, mount.version)
        return DataMount(mount.name, mount.dataset, version)

    def _image(self, spec: RunSpec, build: bool) -> str:
        if spec.image:
            return spec.image if "@sha256:" in spec.image else self._said("image", image.resolve(spec.image))
        return self._made(contexts.trainer_image(self.settings.base_image), build, "image")

    def _made(self, context: contexts.BuildContext, build: bool, what: str) -> str:
        if not self.settings.registry:
            raise _no_registry()
        if build:
            return self._said(what, image.build(context, self.settings.registry, self.story))
        found = image.find(context, self.settings.registry)
        if found is None:
            message = f"the image {context.repository} of today's inputs is not in {self.settings.registry}"
            raise BadInput(message, "ferry build")
        return found

    def _said(self, what: str, reference: str) -> str:
        self.story(f"{what:<9} {reference}")
        return reference

    def _record(self, spec: RunSpec, code: Snapshot, lineage: Mapping[str, str]) -> Record:
        return Record(
            run=spec.full_name,
            spec=spec.to_dict(),
            commit=code.commit,
            dirty=code.dirty,
            who=whoever(),
            when=time.time(),
            engine=self.settings.engine,
            namespace=self.settings.namespace,
            lineage=dict(lineage),
        )


def whoever() -> str:
    """Whom the record names."""
    return os.environ.get("FERRY_USER") or getpass.getuser()


def _told(code: Snapshot) -> str:
    changed = f" + {code.dirty} changed" if code.dirty else ""
    commit = f", commit {code.commit[:7]}{changed}" if code.commit else ""
    files = f"{code.files:,} file{'s' * (code.files != 1)}"
    return f"code      {files}, {math.ceil(code.size / 1024):,} KiB{commit}"


def _no_registry() -> BadInput:
    return BadInput("no registry to push images to is configured", "ferry init --registry HOST/PATH")
