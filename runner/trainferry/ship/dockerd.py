"""The Docker daemon: reached, or one line why not; and what a registry says through it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trainferry.errors import BadInput, FerryError, Forbidden, Full, Unreachable

if TYPE_CHECKING:
    from docker import DockerClient

HELLO = 10  # seconds that a daemon may take to answer at all
PATIENCE = 600  # seconds between two lines of a build: a large layer is unpacked silently

# words in a registry's or daemon's complaint -> what they mean; the first that is found counts
_MEANING: tuple[tuple[str, type[FerryError], str], ...] = (
    ("no space left", Full, "docker system prune"),
    ("unauthorized", Forbidden, "docker login"),
    ("denied", Forbidden, "docker login"),
    ("authentication required", Forbidden, "docker login"),
    ("no basic auth", Forbidden, "docker login"),
    ("connection refused", Unreachable, "docker info"),
    ("no such host", Unreachable, "docker info"),
    ("timeout", Unreachable, "docker info"),
    ("server gave http response to https", Unreachable, "name it in insecure-registries of Docker's daemon.json"),
)
_ABSENT = ("manifest unknown", "not found", "name unknown")


@contextmanager
def connected() -> "Iterator[DockerClient]":
    """A client; whatever Docker complains about becomes one line. Raises Unreachable when there is no daemon."""
    import docker
    from docker.errors import APIError, DockerException

    host = _host()
    try:
        _knock(host)
        client = docker.from_env(timeout=HELLO, environment={**os.environ, "DOCKER_HOST": host})
    except (DockerException, OSError) as error:
        raise Unreachable(f"no Docker at {host}: is it running?", "docker info") from error
    client.api.timeout = PATIENCE
    try:
        yield client
    except APIError as error:
        raise complaint("Docker", str(error.explanation or error), Unreachable) from error
    except (DockerException, OSError) as error:
        raise Unreachable(f"Docker at {host}: {first_line(str(error))}", "docker info") from error
    finally:
        client.close()


def _host() -> str:
    """DOCKER_HOST, else the context that `docker context use` chose (Docker Desktop, colima)."""
    from docker import ContextAPI
    from docker.errors import DockerException

    if os.environ.get("DOCKER_HOST"):
        return os.environ["DOCKER_HOST"]
    try:
        chosen = ContextAPI.get_current_context()
    except (DockerException, OSError, ValueError):
        chosen = None
    return str(chosen.Host if chosen else "").replace("http+unix://", "unix://") or "unix:///var/run/docker.sock"


def _knock(host: str) -> None:
    """Docker's client leaves its socket open when nobody listens; so we look first."""
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(host.removeprefix("unix://"))


def complaint(doing: str, text: str, otherwise: type[FerryError] = BadInput) -> FerryError:
    """The error that a complaint means, in one line."""
    line = first_line(text)
    for words, kind, hint in _MEANING:
        if words in text.lower():
            return kind(f"{doing}: {line}", hint)
    return otherwise(f"{doing}: {line}")


def first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0]


def digest(docker: "DockerClient", reference: str) -> str | None:
    """`sha256:...` as the image's registry tells the daemon (with its credentials), None without such an image."""
    from docker.errors import APIError, NotFound

    try:
        found: Any = docker.images.get_registry_data(reference)
    except NotFound:
        return None
    except APIError as error:
        if any(words in str(error).lower() for words in _ABSENT):
            return None
        raise complaint(f"the registry of {reference}", str(error.explanation or error), Unreachable) from error
    return str(found.id)
