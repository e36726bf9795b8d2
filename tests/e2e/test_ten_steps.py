"""The ten steps of the README on a real cluster, from an admin's registration to a page that a browser opens."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cluster import tenant as tenants
from tests.cluster.gcs_server import GcsServer
from tests.e2e.conftest import BASE, desk
from tests.integration import ten_steps

ACCOUNT = "alice@project.iam.gserviceaccount.com"


@pytest.fixture
def signer(gcs: GcsServer, tmp_path: Path) -> Iterator[Path]:
    """A service account's key file; the bucket server has its public half and refuses every other signature."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {"type": "service_account", "client_email": ACCOUNT, "private_key": private.decode(), "project_id": "p"}
    path = tmp_path / "key.json"
    path.write_text(json.dumps({**account, "token_uri": "http://127.0.0.1:1/"}))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    gcs.control(public_key=public.decode())
    yield path
    gcs.control(public_key="")


def overlay(namespace: str, folder: Path) -> Path:
    """k8s/tenant with the names of a real tenant, as an overlay gives them."""
    folder.mkdir()
    subprocess.run(["cp", "-r", str(ten_steps.ROOT / "k8s" / "tenant"), str(folder / "tenant")], check=True)
    subject = f"system:serviceaccount:{namespace}:{tenants.USER}"
    patch = json.dumps([{"op": "replace", "path": "/subjects/0/name", "value": subject}])
    made = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "namespace": namespace,
        "resources": ["tenant"],
        "patches": [{"target": {"kind": "RoleBinding", "name": "ferry-user"}, "patch": patch}],
    }  # fmt: skip
    (folder / "kustomization.yaml").write_text(json.dumps(made))
    return folder


@pytest.mark.torch_image
@pytest.mark.timeout(3000)
def test_the_ten_steps_go_on_a_cluster_as_written(
    gcs: GcsServer, registry: str, agent_image: str, signer: Path, tmp_path: Path
) -> None:
    namespace = f"ten-{uuid.uuid4().hex[:8]}"
    registration, *others = ten_steps.steps(
        cluster=True, real={"k8s/tenant": str(overlay(namespace, tmp_path / "overlay"))}
    )
    assert registration.startswith("kubectl apply -k ")
    subprocess.run(registration, shell=True, check=True, timeout=120)
    user = tenants.signed_in(namespace)
    try:
        project = desk(user, gcs, registry, agent_image, tmp_path)
        settings = project.folder / "ferry.toml"
        lines = [line for line in settings.read_text().splitlines() if not line.startswith("image =")]
        settings.write_text("\n".join(lines).replace('memory = "256Mi"', 'memory = "1Gi"') + "\n")
        ten_steps.prepare(project.folder)
        project.environment.update(
            GOOGLE_APPLICATION_CREDENTIALS=str(signer), NO_GCE_CHECK="true", FERRY_BASE_IMAGE=f"{registry}/{BASE}"
        )
        done = subprocess.run(
            ["bash", "-c", "\n".join(["set -euo pipefail", *others])],
            cwd=project.folder, env=project.environment, text=True, capture_output=True, timeout=2400,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        ten_steps.check(project.folder, done.stdout, project.ferry)
    finally:
        user.remove()
