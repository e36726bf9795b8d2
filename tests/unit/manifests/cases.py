"""Runs as people ask for them, one golden file each."""

from typing import Any

from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.job import job
from trainferry.manifests.notebook import Notebook, notebook
from trainferry.manifests.tensorboard import tensorboard
from trainferry.spec.runspec import DataMount, Resources, RunSpec, SecretRef

FERRY = "registry.example/ferry@sha256:" + "f" * 64
TRAINER = "registry.example/trainer@sha256:" + "a" * 64
AGENT = AgentImage(FERRY, service_account="ferry")
GFD = AgentImage(FERRY, gpu_scheme="gfd")
TEST_STORE = AgentImage(FERRY, env=(("STORAGE_EMULATOR_HOST", "http://storage.example:4443"),))
NAMESPACE = "alice"

BASE = RunSpec(
    name="base",
    command=("python", "train.py", "--data_root", "{data}", "--log_dir", "{output}", "--lr", "1e-3"),
    store="gs://team-ferry/runs",
    image=TRAINER,
    code="c" * 64,
    data=(DataMount("fashion", "fashion", "d" * 64),),
)
L4 = Resources(cpu="8", memory="32Gi", gpu=1, gpu_type="l4", shm="8Gi", ephemeral_storage="100Gi")

RUNS: dict[str, tuple[RunSpec, AgentImage]] = {
    "cpu": (BASE, TEST_STORE),
    "gpu-gke": (BASE.but(resources=L4), AGENT),
    "gpu-gfd": (BASE.but(resources=L4), GFD),
    "retries": (BASE.but(retries=2), AGENT),
    "spot-queue-priority-deadline": (
        BASE.but(resources=L4, spot=True, queue="team-a", priority="low", deadline=3600),
        AGENT,
    ),
    "bare": (BASE.but(bare=True, command=("/bin/train", "{output}"), data=()), AGENT),
    "run-as-image": (BASE.but(run_as="image"), AGENT),
    "run-as-1000": (BASE.but(run_as="1000"), AGENT),
    "volume": (BASE.but(store="volume://store/team"), AGENT),
    "secrets-labels-env": (
        BASE.but(
            secrets=(SecretRef("WANDB_API_KEY", "wandb", "api-key"),),
            labels=(("team", "vision"),),
            env=(("ANSWER", "042"), ("DEBUG", "y"), ("GREETING", "costs $(HOME) and $$5")),
            command=("sh", "-c", 'echo "$GREETING" $$\nexec python train.py "$@"', "sh", "--out", "{checkpoints}"),
            tag="18f3",
        ),
        AGENT,
    ),
}


DESK = BASE.but(name="nb-base", image="registry.example/notebook@sha256:" + "b" * 64, tag="18f3").but(
    command=("python3", "-m", "trainferry.agent.desk", "--idle", "3600")
)
SDK = (("FERRY_CONTEXT", "in-cluster"), ("FERRY_NAMESPACE", NAMESPACE), ("FERRY_STORE", BASE.store))
NOTEBOOKS: dict[str, tuple[Notebook, AgentImage]] = {
    "notebook": (Notebook(DESK, opens=BASE.full_name, sdk=SDK), AGENT),
    "notebook-volume": (Notebook(DESK.but(store="volume://store/team", data=()), goes_on="nb-base-0123abcd"), AGENT),
}


def rendered() -> dict[str, list[dict[str, Any]]]:
    """Golden name -> its objects."""
    runs = {name: [job(spec, agent, NAMESPACE)] for name, (spec, agent) in RUNS.items()}
    stores = {"tensorboard": BASE.store, "tensorboard-volume": "volume://store/team"}
    boards = {name: [tensorboard(BASE.full_name, url, TRAINER, AGENT, NAMESPACE)] for name, url in stores.items()}
    notebooks = {name: [notebook(wanted, agent, NAMESPACE)] for name, (wanted, agent) in NOTEBOOKS.items()}
    return {**runs, **boards, **notebooks}
