"""Acceptance 2 and 3: the reference trainer on 60,000 files with a GPU, and a stranger's script, unchanged."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import google_crc32c
import pytest

from tests.cluster.gcs_server import GcsServer
from tests.e2e import outside
from tests.e2e.conftest import BASE, FERRY, HERE, Project

STRANGER = ("python3", "train_numpyless.py", "--data_root", "{data}", "--log_dir", "{output}")


@pytest.fixture(scope="session")
def torch_image(registry: str) -> str:
    """images/trainer, built and pushed once, pinned."""
    done = subprocess.run(
        [FERRY, "build", "trainer", "--registry", f"{registry}/trainferry", "--base-image", f"{registry}/{BASE}"],
        text=True, capture_output=True, timeout=3000, env={**os.environ, "FERRY_BUILD_NETWORK": "host"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real Fashion-MNIST: 60,000 + 10,000 PNG files in class folders."""
    folder = tmp_path_factory.mktemp("pictures") / "fashion-mnist"
    subprocess.run([sys.executable, "-m", "trainer.fashion_mnist", str(folder), "--png"], check=True, timeout=300)
    return folder


@pytest.mark.torch_image
@pytest.mark.timeout(3000)
def test_a_gpu_run_trains_on_60000_files_and_its_checkpoint_comes_home(
    project: Project, torch_image: str, pictures: Path
) -> None:
    subprocess.run(["cp", "-r", str(HERE.parents[1] / "trainer"), str(project.folder / "trainer")], check=True)
    project.ferry("data", "push", str(pictures))
    followed = project.ferry(
        "run", "--name", "base", "--gpu", "1", "--gpu-type", "l4", "--cpu", "1", "--memory", "3Gi",
        "--image", torch_image, "--env", "FERRY_GPU_CHECK=off", "--data", "fashion-mnist", "--",
        "python", "-m", "trainer", "--data", "{data}", "--output", "{output}", "--max-steps", "60",
        timeout=1500,
    )  # fmt: skip
    run = json.loads(project.ferry("get", "runs", "-o", "json").stdout)["items"][0]["run"]
    assert followed.stdout == project.ferry("logs", run).stdout, "what was followed is not what was stored"
    job = project.get("job", run)
    pod = outside.pod(project, run)
    node = project.get("node", pod["spec"]["nodeName"])
    assert job["status"]["succeeded"] == 1
    assert node["metadata"]["labels"]["cloud.google.com/gke-accelerator"] == "nvidia-l4"
    assert pod["spec"]["securityContext"]["runAsUser"] == 20001
    namespace = project.get("namespace", project.namespace)
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    copied = project.ferry("cp", f"{run}:last", "last.pt").stdout
    data = (project.folder / "last.pt").read_bytes()
    assert f"crc32c {google_crc32c.value(data):08x}" in copied
    load = "import sys, torch; print(len(torch.load(sys.argv[1], weights_only=True)))"
    loaded = subprocess.run(
        [sys.executable, "-c", load, str(project.folder / "last.pt")], capture_output=True, text=True
    )
    assert int(loaded.stdout) > 0, loaded.stderr


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Class folders of a few PNG files."""
    from PIL import Image

    for label in ("cat", "dog"):
        folder = tmp_path / "tiny" / label
        folder.mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (8, 8), (number * 20, 0, 0)).save(folder / f"{number}.png")
    return tmp_path / "tiny"


def test_a_stranger_finds_its_checkpoint_where_it_left_it(
    project: Project, tiny: Path, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainferry.runs import reader
    from trainferry.store import open_store

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    project.code("stranger/train_numpyless.py")
    project.ferry("data", "push", str(tiny))
    run = project.ferry(
        "run", "-d", "--name", "stranger", "--data", "tiny", "--", *STRANGER, "--steps", "25", "--step-seconds", "1"
    ).stdout.strip()
    store = open_store(project.store)
    outside.until("events in the store while it runs", lambda: any("tfevents" in p for p in reader.files(store, run)))
    outside.until("last.ckpt in the store while it runs", lambda: "last.ckpt" in reader.files(store, run))
    assert not reader.manifest(store, run).complete
    outside.delete(project, run)
    project.ferry("wait", run)
    second = b"".join(reader.log(store, run, 2)).decode()
    assert re.search(r"resuming from step [1-9]", second), second
    assert project.ferry("cp", f"{run}:last.ckpt", ".").stdout.startswith("last.ckpt")


@pytest.mark.torch_image
@pytest.mark.timeout(3000)
def test_a_stranger_with_torch_runs_unchanged(project: Project, tiny: Path, torch_image: str) -> None:
    project.code("stranger/train.py")
    project.ferry("data", "push", str(tiny))
    done = project.ferry(
        "run", "--name", "stranger", "--image", torch_image, "--memory", "2Gi", "--data", "tiny", "--",
        "python", "train.py", "--data_root", "{data}", "--log_dir", "{output}", "--epochs", "1", timeout=900,
    )  # fmt: skip
    assert "succeeded" in done.stderr
    assert "last.ckpt" in project.ferry("get", "checkpoints", "stranger").stdout
