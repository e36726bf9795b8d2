"""Alice, whose store is a claim with its gateway; bob, who may be given shares; carol, who may not. Made once."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.tenant import Tenant
from tests.e2e import volumes
from tests.e2e.conftest import Project
from tests.e2e.volumes import CLAIM, SMALL, Images
from trainferry.store import Store

SIZE = 48  # MiB of the small claim


@dataclass(frozen=True)
class Sea:
    """`project` is alice's. `made`: what `ferry init` told the administrator; `full`: a run with too small a store."""

    project: Project
    store: Store
    images: Images
    bob: Tenant
    carol: Tenant
    made: str
    full: str

    @property
    def namespace(self) -> str:
        return self.project.namespace


@pytest.fixture(scope="session")
def sea(registry: str, agent_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sea]:
    images, home = Images(registry, agent_image), tmp_path_factory.mktemp("alice")
    with ExitStack() as stack:
        bob, carol = stack.enter_context(volumes.tenant("b")), stack.enter_context(volumes.tenant("c"))
        readers = ("Group", f"system:serviceaccounts:{bob.namespace}")
        alice = stack.enter_context(volumes.tenant("a", readers))
        stack.enter_context(volumes.small_claim(alice.namespace, tmp_path_factory.mktemp("disk"), SIZE))
        project = volumes.desk(alice, images, home)
        project.code("worker.py")
        made = [_made(alice, claim, images, home / claim) for claim in (SMALL, CLAIM)]
        yield Sea(project, volumes.opened(project), images, bob, carol, made[1], _filling(project))


def _made(alice: Tenant, claim: str, images: Images, folder: Path) -> str:
    done = volumes.init(alice.namespace, claim, images, folder, "--yes", "--size", "2Gi")
    assert done.returncode == 0, done.stderr
    return done.stderr


def _filling(project: Project) -> str:
    """A run that writes more than its store takes; it ends by itself while other tests go on."""
    return project.ferry(
        "run", "-d", "--name", "full", "--store", f"volume://{SMALL}", "--", "python3", "worker.py",
        "--output", "{output}", "--megabytes", "64",
    ).stdout.strip()  # fmt: skip
