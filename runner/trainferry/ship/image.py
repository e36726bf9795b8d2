"""Images: built when their inputs are new, pushed, and from then on named by digest only."""

import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trainferry.errors import BadInput, FerryError, Forbidden, Unreachable
from trainferry.ship.contexts import BuildContext

if TYPE_CHECKING:
    from docker import DockerClient

Story = Callable[[str], None]
REGISTRY = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*")
NETWORK = "FERRY_BUILD_NETWORK"  # for builds on machines where Docker's bridge leads nowhere: host


def build(context: BuildContext, registry: str, story: Story) -> str:
    """`name@sha256:...` of the image, built and pushed unless the registry has it. Raises BadInput, Unreachable."""
    check_registry(registry)
    with _docker() as docker:
        reference = _reference(docker, context, registry)
        found = _pinned(docker, reference)
        if found is not None:
            return found
        story(f"building  {reference}")
        _build(docker, context, reference, story)
        story(f"pushing   {reference}")
        _push(docker, reference, story)
        pushed = _pinned(docker, reference)
        if pushed is None:
            raise FerryError(f"{reference} was pushed and the registry does not have it", f"docker pull {reference}")
        return pushed


def find(context: BuildContext, registry: str) -> str | None:
    """The digest reference when the registry has the image of just these inputs."""
    check_registry(registry)
    with _docker() as docker:
        return _pinned(docker, _reference(docker, context, registry))


def resolve(reference: str) -> str:
    """What a tag means today, as name@sha256:... Raises BadInput when the registry has no such image."""
    if "@sha256:" in reference:
        return reference
    with _docker() as docker:
        found = _pinned(docker, reference)
    if found is None:
        raise BadInput(f"no image {reference} in its registry", "docker push it, or see  ferry build")
    return found


def daemon() -> str:
    """One line about the Docker daemon. Raises Unreachable."""
    with _docker() as docker:
        return f"Docker {docker.version()['Version']}"


def check_registry(registry: str) -> None:
    """Raises BadInput unless it is HOST[:PORT][/PATH]."""
    if not REGISTRY.fullmatch(registry):
        raise BadInput(f"--registry {registry}: expected HOST/PATH, for example europe-docker.pkg.dev/team/ferry")


@contextmanager
def _docker() -> "Iterator[DockerClient]":
    """A client; whatever Docker complains about becomes one line."""
    import docker
    from docker.errors import APIError, DockerException

    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except (DockerException, OSError) as error:
        raise Unreachable(f"no Docker at {host}: is it running?", "docker info") from error
    try:
        yield client
    except APIError as error:
        raise _refused(error) from error
    except DockerException as error:
        raise Unreachable(f"Docker at {host}: {_first(str(error))}", "docker info") from error
    finally:
        client.close()


def _refused(error: Any) -> FerryError:
    text = _first(str(error.explanation or error))
    if error.status_code in (401, 403):
        return Forbidden(f"the registry refuses: {text}", "docker login")
    return Unreachable(f"Docker: {text}", "docker info")


def _first(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0]


def _last(text: str) -> str:
    return text.splitlines()[-1]


def _reference(docker: "DockerClient", context: BuildContext, registry: str) -> str:
    base = _pinned(docker, context.base) if context.base else ""
    if base is None:
        raise BadInput(f"no image {context.base} to build from", f"docker pull {context.base}")
    return f"{registry}/{context.repository}:{context.tag(base)}"


def _pinned(docker: "DockerClient", reference: str) -> str | None:
    """name@digest as its registry tells it, None when it has no such image."""
    from docker.errors import APIError, NotFound

    try:
        digest = docker.images.get_registry_data(reference).id
    except NotFound:
        return None
    except APIError as error:
        if "manifest unknown" in str(error) or "not found" in str(error) or "name unknown" in str(error):
            return None
        raise
    return f"{_without_tag(reference)}@{digest}"


def _without_tag(reference: str) -> str:
    name, colon, tag = reference.rpartition(":")
    return name if colon and "/" not in tag else reference


def _build(docker: "DockerClient", context: BuildContext, reference: str, story: Story) -> None:
    arguments = {"BASE": context.base} if context.base else {}
    lines = docker.api.build(
        fileobj=_archive(context),
        custom_context=True,
        encoding="gzip",
        dockerfile=context.dockerfile,
        tag=reference,
        buildargs=arguments,
        network_mode=os.environ.get(NETWORK),
        rm=True,
        forcerm=True,
        decode=True,
    )
    said = ""
    for line in lines:
        _complain(line, f"building {context.repository}", said)
        said = line.get("stream", "").strip() or said
        if line.get("stream", "").startswith("Step "):
            story(f"          {said}")


def _archive(context: BuildContext) -> io.BytesIO:
    """The build context as Docker wants it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, path in sorted(context.files.items()):
            tar.add(path, name, filter=_anonymous)
    buffer.seek(0)
    return buffer


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Readable by whatever user the image has, and the same from every machine: else Docker's cache never hits."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def _push(docker: "DockerClient", reference: str, story: Story) -> None:
    for line in docker.images.push(reference, stream=True, decode=True):
        _complain(line, f"pushing {reference}", "")


def _complain(line: dict[str, Any], doing: str, said: str) -> None:
    """An error inside the stream is an error, though the HTTP answer around it says 200; `said` came just before it."""
    if "error" in line:
        reason = _first(line["error"]) + (f" ({_last(said)})" if said else "")
        raise BadInput(f"{doing}: {reason}", "docker build shows the rest")
