"""One Job as manifests/job.py renders it, under every user it may run as: what the command finds, what is stored."""

import json
import time

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.e2e.conftest import BASE
from tests.e2e.tenants import kubectl, rendered_tenant
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.job import job
from trainferry.manifests.text import dump
from trainferry.runs import manifest
from trainferry.ship import image
from trainferry.spec.runspec import Resources, RunSpec
from trainferry.store import Store
from trainferry.store.open import open_store

SCRIPT = (
    "id -u; id -g; pwd; echo $HOME; echo \"$PRICE\"; touch /tmp/t /dev/shm/t $HOME/t; ls -d /run/secrets/*/*/token; "
    "echo hi >{output}/shared; (umask 077; echo hi >{output}/private); (umask 0; : >{checkpoints}/empty)"
)  # fmt: skip
FILES = {"shared": 3, "private": 3, "checkpoints/empty": 0}
NO_TOKEN = "ls: cannot access '/run/secrets/*/*/token': No such file or directory"
# --run-as, the level of Pod Security that allows it, the ids and the home that the command has
USERS = [
    ("20001", "restricted", ["20001", "20001"], "/ferry/scratch"),
    ("1000", "restricted", ["1000", "20001"], "/ferry/scratch"),
    ("image", "baseline", ["0", "0"], "/root"),
]
TINY = Resources(cpu="20m", memory="128Mi", ephemeral_storage="1Gi", shm="16Mi")


@pytest.fixture
def store(gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    gcs.make_bucket("users")
    return open_store(f"gs://users/{time.time_ns()}")


@pytest.mark.parametrize(("run_as", "level", "user", "home"), USERS)
def test_a_command_finds_its_folders_and_everything_it_wrote_is_stored(
    run_as: str, level: str, user: list[str], home: str, gcs: GcsServer, store: Store, registry: str, agent_image: str
):
    spec = RunSpec(
        name="who", command=("sh", "-c", SCRIPT), store=store.url, image=image.resolve(f"{registry}/{BASE}"),
        resources=TINY, env=(("PRICE", "$(HOME) $$5"),), run_as=run_as,
    )  # fmt: skip
    agent = AgentImage(agent_image, env=(("STORAGE_EMULATOR_HOST", gcs.url),))
    with rendered_tenant() as namespace:
        kubectl("label", "namespace", namespace, f"pod-security.kubernetes.io/enforce={level}", "--overwrite")
        kubectl("-n", namespace, "apply", "-f", "-", text=dump([job(spec, agent, namespace)]))
        kubectl("-n", namespace, "wait", f"job/{spec.full_name}", "--for=condition=Complete", "--timeout=110s")
        logs = kubectl("-n", namespace, "logs", f"job/{spec.full_name}", "-c", "trainer").stdout.splitlines()
        status = json.loads(kubectl("-n", namespace, "get", "job", spec.full_name, "-o", "json").stdout)["status"]
    assert (logs, status.get("succeeded")) == ([*user, "/ferry/code", home, "$(HOME) $$5", NO_TOKEN], 1)
    stored, _ = manifest.load(store, spec.full_name)
    assert ({path: file.size for path, file in stored.files.items()}, stored.complete) == (FILES, True)
