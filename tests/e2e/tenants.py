"""A tenant as `trainferry.manifests.tenant` makes it, and kubectl."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import needed
from trainferry.manifests.tenant import Tenant, objects
from trainferry.manifests.text import dump

USER = "user@example.com"


def kubectl(*words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    """`kubectl WORDS` as the admin, `text` on its stdin."""
    environment = {**os.environ, "KUBECONFIG": needed("KUBECONFIG")}
    return subprocess.run(["kubectl", *words], input=text, text=True, capture_output=True, timeout=120, env=environment)


@contextmanager
def rendered_tenant() -> Iterator[str]:
    """A namespace that enforces Pod Security restricted, and warns about objects whose pods it would refuse."""
    name = f"t-{os.urandom(4).hex()}"
    done = kubectl("create", "-f", "-", text=dump(objects(Tenant(name, USER))))
    assert (done.returncode, done.stderr) == (0, "")
    try:
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false")
