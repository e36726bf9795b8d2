"""A user's desk beside a real cluster: a namespace, a bucket, a project folder and the installed `ferry`.

`make cluster` and `eval "$(tests/cluster/cluster.sh env)"` come first; tests/stages.sh does both.
"""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.cluster.tenant import Tenant, tenant

HERE = Path(__file__).parent
FERRY = Path(sys.executable).parent / "ferry"
BASE = "base/python:3.11"


def needed(name: str) -> str:
    """A variable that cluster.sh exports."""
    value = os.environ.get(name)
    assert value, f'{name} is not set: eval "$(tests/cluster/cluster.sh env)"'
    return value


@dataclass(frozen=True)
class Project:
    """A user's project folder, configured for the cluster; calls `ferry` and `kubectl` as that user would."""

    folder: Path
    namespace: str
    store: str
    kubeconfig: str
    context: str
    environment: dict[str, str]

    def ferry(self, *words: str, code: int | None = 0, timeout: float = 400) -> "subprocess.CompletedProcess[str]":
        """Run `ferry WORDS`; `code` is the exit code that is right (None: any)."""
        done = subprocess.run(
            [FERRY, *words],
            cwd=self.folder,
            env=self.environment,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            errors="replace",
        )
        told = f"ferry {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert code is None or done.returncode == code, told
        return done

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """`ferry WORDS` left running."""
        return subprocess.Popen(
            [FERRY, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def kubectl(self, *words: str, code: int | None = 0) -> str:
        """`kubectl WORDS` as the admin, in the namespace."""
        done = subprocess.run(
            ["kubectl", "-n", self.namespace, *words],
            text=True,
            capture_output=True,
            timeout=120,
            env={**os.environ, "KUBECONFIG": needed("KUBECONFIG")},
        )
        assert code is None or done.returncode == code, f"kubectl {' '.join(words)}\n{done.stderr}"
        return done.stdout

    def get(self, *words: str) -> Any:
        """`kubectl get WORDS -o json`."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    def code(self, *names: str) -> None:
        """Put scripts of tests/e2e/fixtures into the project."""
        for name in names:
            shutil.copy(HERE / "fixtures" / name, self.folder / Path(name).name)

    def described(self, run: str) -> Any:
        """`ferry describe RUN -o json`."""
        return json.loads(self.ferry("describe", run, "-o", "json").stdout)


@pytest.fixture(scope="session")
def gcs() -> GcsServer:
    """The cluster's GCS server: the same address for pods and for this process."""
    return GcsServer(needed("FERRY_TEST_GCS"))


@pytest.fixture(scope="session")
def registry() -> str:
    return needed("FERRY_TEST_REGISTRY")


@pytest.fixture(scope="session")
def agent_image(registry: str) -> str:
    """images/ferry, built and pushed once, pinned."""
    done = subprocess.run(
        [FERRY, "build", "ferry", "--registry", f"{registry}/trainferry", "--base-image", f"{registry}/{BASE}"],
        text=True,
        capture_output=True,
        timeout=600,
        env={**os.environ, "FERRY_BUILD_NETWORK": "host"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def desk(user: Tenant, gcs: GcsServer, registry: str, agent_image: str, home: Path) -> Project:
    """An empty project folder with its ferry.toml, and a bucket."""
    bucket = f"b-{uuid.uuid4().hex[:12]}"
    gcs.make_bucket(bucket)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("FERRY_", "STORAGE_"))},
        "KUBECONFIG": user.kubeconfig, "STORAGE_EMULATOR_HOST": gcs.url, "HOME": str(home),
        "FERRY_BUILD_NETWORK": "host",
    }  # fmt: skip
    folder = home / "project"
    folder.mkdir()
    made = Project(folder, user.namespace, f"gs://{bucket}/team", user.kubeconfig, user.context, environment)
    (folder / "ferry.toml").write_text(
        f'context = "{user.context}"\nnamespace = "{user.namespace}"\nstore = "{made.store}"\n'
        f'registry = "{registry}/trainferry"\nimage = "{registry}/{BASE}"\nbase_image = "{registry}/{BASE}"\n'
        f'agent_image = "{agent_image}"\n\n[run]\ncpu = "50m"\nmemory = "256Mi"\n'
    )
    return made


@pytest.fixture
def user() -> Iterator[Tenant]:
    """A namespace with Pod Security restricted and a user who may do just what ferry needs."""
    made = tenant(f"t-{uuid.uuid4().hex[:8]}")
    yield made
    made.remove()


@pytest.fixture
def project(user: Tenant, gcs: GcsServer, registry: str, agent_image: str, tmp_path: Path) -> Project:
    """A user's project on the cluster."""
    return desk(user, gcs, registry, agent_image, tmp_path)
