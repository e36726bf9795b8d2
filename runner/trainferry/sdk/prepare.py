"""From flags to a plan: every name pinned to a digest, nothing sent yet."""

import getpass
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
class Prepared:
    """A plan and what has to be in the store before it is sent."""

    plan: Plan
    code: Snapshot | None
    record: Record


def folders_in(data: list[str]) -> list[str]:
    """Those of the `--data` values that are folders of this machine."""
    return [d for d in data if d.startswith((".", "/", "~"))]


def push_folders(flags: dict[str, Any], store: Callable[[], Store], story: Story) -> dict[str, Any]:
    """`--data ./DIR` becomes a dataset named like the folder; returns the flags that name it."""
    data: list[str] = []
    for value in flags.get("data") or []:
        if value in folders_in([value]):
            folder = Path(value).expanduser()
            if not folder.is_dir():
                raise BadInput(f"--data {value}: no such folder")
            pushed = push.push(store(), folder, dataset_name(folder))
            story(f"data      {pushed.name}@{pushed.version[:8]}  {pushed.files:,} files")
            value = f"{pushed.name}@{pushed.version}"
        data.append(value)
    return {**flags, "data": data}


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

    def prepare(self, flags: Mapping[str, Any], build: bool) -> Prepared:
        """`build`: images that are not in the registry yet may be built and pushed."""
        spec = request.request(dict(flags), self.settings)
        placeholders.fill(spec.command, placeholders.POD, spec.data)
        if self.offline:
            self._refuse_unpinned(spec)
        code = snapshot.take(self.settings.root)
        changed = f" + {code.dirty} changed" if code.dirty else ""
        commit = f", commit {code.commit[:7]}{changed}" if code.commit else ""
        self.story(f"code      {code.files:,} files, {code.size / 1024:,.0f} KiB{commit}")
        spec = spec.but(code=code.digest, data=tuple(self._pinned(mount) for mount in spec.data))
        agent = None
        if self.settings.engine == "kubernetes":
            spec = spec.but(image=self._image(spec, build))
            agent = self._agent(build)
        else:
            spec = spec.but(image="")
        manifest = text.dump([job.job(spec, agent, self.settings.namespace)]) if agent else ""
        return Prepared(Plan(spec, agent, manifest), code, self._record(spec, code))

    def _refuse_unpinned(self, spec: RunSpec) -> None:
        loose = [f"--data {m.dataset} has no full @version" for m in spec.data if len(m.version) != 64]
        if self.settings.engine == "kubernetes":
            names = {"--image": spec.image, "agent_image": self.settings.agent_image}
            loose += [f"{what} {value or 'is not set'}: no @sha256 digest" for what, value in names.items() if "@" not in value]
        if loose:
            raise BadInput("--offline cannot pin: " + "; ".join(loose), "ferry render without --offline prints what it pinned")

    def _pinned(self, mount: DataMount) -> DataMount:
        if len(mount.version) == 64:
            return mount
        version = catalog.resolve(self.store(), mount.dataset, mount.version)
        return DataMount(mount.name, mount.dataset, version)

    def _image(self, spec: RunSpec, build: bool) -> str:
        if spec.image:
            return spec.image if "@sha256:" in spec.image else self._said("image", image.resolve(spec.image))
        return self._made(contexts.trainer_image(self.settings.base_image), build, "image")

    def _agent(self, build: bool) -> AgentImage:
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

    def _made(self, context: contexts.BuildContext, build: bool, what: str) -> str:
        if not self.settings.registry:
            raise BadInput("no registry to push images to is configured", "ferry init --registry HOST/PATH")
        if build:
            return self._said(what, image.build(context, self.settings.registry, self.story))
        found = image.find(context, self.settings.registry)
        if found is None:
            raise BadInput(f"the image {context.repository} of today's inputs is not in {self.settings.registry}", "ferry build")
        return found

    def _said(self, what: str, reference: str) -> str:
        self.story(f"{what:<9} {reference}")
        return reference

    def _record(self, spec: RunSpec, code: Snapshot) -> Record:
        return Record(
            run=spec.full_name,
            spec=spec.to_dict(),
            commit=code.commit,
            dirty=code.dirty,
            who=os.environ.get("FERRY_USER") or getpass.getuser(),
            when=time.time(),
            engine=self.settings.engine,
            namespace=self.settings.namespace,
        )
