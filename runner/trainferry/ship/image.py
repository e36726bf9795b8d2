"""Images: built when their inputs are new, pushed, and from then on named by digest only."""

import io
import os
import re
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from trainferry.errors import BadInput, FerryError, Unreachable
from trainferry.ship import dockerd, registry
from trainferry.ship.contexts import BuildContext

if TYPE_CHECKING:
    from docker import DockerClient

Story = Callable[[str], None]
REGISTRY = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*")
NETWORK = "FERRY_BUILD_NETWORK"  # for builds on machines where Docker's bridge leads nowhere: host
PLATFORM = "FERRY_BUILD_PLATFORM"  # of the cluster's nodes, whatever this machine is
_DOCKERS_OWN = ("Step ", "--->", "Removing intermediate", "Successfully ")  # not the command's own last words
EVERY = 3.0  # seconds between two lines about a push


def build(context: BuildContext, where: str, story: Story) -> str:
    """`name@sha256:...` of the image below the registry `where`, built and pushed unless it is there.

    Raises BadInput with the line that failed, Forbidden, Unreachable (also when there is no Docker).
    """
    check_registry(where)
    with dockerd.connected() as docker:
        reference, bases = _reference(docker, context, where)
        found = dockerd.digest(docker, reference)
        if found is None:
            story(f"building  {reference}")
            _build(docker, context, bases, reference, story)
            story(f"pushing   {reference}")
            _push(docker, reference, story)
            found = dockerd.digest(docker, reference)
        if found is None:
            raise FerryError(f"{reference} was pushed and the registry does not have it", f"docker pull {reference}")
        return f"{where}/{context.repository}@{found}"


def find(context: BuildContext, where: str) -> str | None:
    """The digest reference when the registry has the image of just these inputs."""
    check_registry(where)
    with dockerd.connected() as docker:
        found = dockerd.digest(docker, _reference(docker, context, where)[0])
    return f"{where}/{context.repository}@{found}" if found else None


def resolve(reference: str) -> str:
    """What a tag means today, as name@sha256:...; without Docker the registry is asked directly.

    Raises BadInput when there is no such image, Forbidden, Unreachable.
    """
    if "@sha256:" in reference:
        return reference
    found = _digest(reference)
    if found is None:
        raise BadInput(f"no image {reference} in its registry", f"docker push {reference}")
    return f"{registry.parse(reference).name}@{found}"


def daemon() -> str:
    """One line about the Docker daemon. Raises Unreachable."""
    with dockerd.connected() as docker:
        return f"Docker {docker.version()['Version']}"


def check_registry(where: str) -> None:
    """Raises BadInput unless it is HOST[:PORT][/PATH]."""
    if not REGISTRY.fullmatch(where):
        raise BadInput(f"--registry {where}: expected HOST/PATH, for example europe-docker.pkg.dev/team/ferry")


def _digest(reference: str) -> str | None:
    try:
        with dockerd.connected() as docker:
            return dockerd.digest(docker, reference)
    except Unreachable as error:
        if not error.message.startswith("no Docker"):
            raise
    return registry.digest(reference)


def _platform() -> str:
    return os.environ.get(PLATFORM, "linux/amd64")


def _reference(docker: "DockerClient", context: BuildContext, where: str) -> tuple[str, dict[str, str]]:
    """The image's name with its tag, and what the bases are today: reference -> the same by digest."""
    bases = {base: _pinned(docker, base) for base in context.bases()}
    return f"{where}/{context.repository}:{context.tag({**bases, 'platform': _platform()})}", bases


def _pinned(docker: "DockerClient", base: str) -> str:
    """A base by digest; one that only this machine has, by its id."""
    from docker.errors import ImageNotFound

    found = base.partition("@")[2] or dockerd.digest(docker, base)
    if found is not None:
        return f"{registry.parse(base.partition('@')[0]).name}@{found}"
    try:
        return str(docker.images.get(base).id)
    except ImageNotFound as error:
        raise BadInput(f"no image {base} to build from", f"docker pull {base}") from error


def _build(docker: "DockerClient", context: BuildContext, bases: dict[str, str], reference: str, story: Story) -> None:
    lines = docker.api.build(
        fileobj=_archive(context, bases),
        custom_context=True,
        encoding="gzip",
        dockerfile=context.dockerfile,
        tag=reference,
        buildargs=dict(context.arguments),
        network_mode=os.environ.get(NETWORK),
        platform=_platform(),
        rm=True,
        forcerm=True,
        decode=True,
    )
    for line in _sound(lines, f"building {context.repository}"):
        words = line.get("stream", "").strip()
        if words.startswith("Step "):
            story(f"          {words}")


def _archive(context: BuildContext, bases: dict[str, str]) -> io.BytesIO:
    """The build context as Docker wants it, with the digests of the bases in its Dockerfile."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for name, path in sorted(context.files.items()):
            if name != context.dockerfile:
                tar.add(path, name, recursive=False, filter=_anonymous)
        text = context.recipe(bases).encode()
        member = tarfile.TarInfo(context.dockerfile)
        member.size, member.mode = len(text), 0o644
        tar.addfile(member, io.BytesIO(text))
    buffer.seek(0)
    return buffer


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Readable by whatever user the image has, and the same from every machine: else Docker's cache never hits."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def _push(docker: "DockerClient", reference: str, story: Story) -> None:
    """Now and then a word on how many bytes of the layers are through."""
    lines = docker.images.push(reference, stream=True, decode=True)
    layers: dict[str, tuple[int, int]] = {}
    told = time.monotonic()
    for line in _sound(lines, f"pushing {reference}"):
        detail = line.get("progressDetail") or {}
        if "current" in detail:
            layers[line.get("id", "")] = detail["current"], max(detail.get("total", 0), detail["current"])
        if layers and time.monotonic() - told > EVERY:
            told = time.monotonic()
            done, total = (sum(numbers) / 2**20 for numbers in zip(*layers.values(), strict=True))
            story(f"          {done:,.0f} of {total:,.0f} MiB")


def _sound(lines: Iterable[dict[str, Any]], doing: str) -> Iterator[dict[str, Any]]:
    """The lines of a stream. An error among them is an error, though the HTTP answer around it says 200.

    It is raised at the end (a stream that is not read to its end keeps its socket), with the last words before it.
    """
    wrong: FerryError | None = None
    said: list[str] = []
    for line in lines:
        if wrong is None and ("error" in line or "errorDetail" in line):
            text = dockerd.first_line(str(line.get("error") or line["errorDetail"].get("message", "")))
            wrong = dockerd.complaint(doing, text + "".join(f" ({words})" for words in said))
        words = line.get("stream", "").strip()
        if words and not words.startswith(_DOCKERS_OWN):
            said = words.splitlines()[-1:]
        yield line
    if wrong is not None:
        raise wrong
