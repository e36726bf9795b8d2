"""The TensorBoard Deployment, really running: event files in the bucket, read in a browser's way."""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tensorboard.summary import Writer

from tests.cluster.gcs_server import GcsServer
from tests.e2e.conftest import BASE
from tests.e2e.tenants import USER, kubectl, rendered_tenant
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.tensorboard import tensorboard
from trainferry.manifests.text import dump
from trainferry.runs import manifest
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.ship import contexts, image
from trainferry.store import Store
from trainferry.store.open import open_store

RUN = "base-0123abcd"
DOCKERFILE = "FROM {base}\nRUN pip install --break-system-packages --no-cache-dir 'tensorboard>=2.20,<3'\n"


@pytest.fixture
def board_image(registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small image with TensorBoard in it, pinned."""
    monkeypatch.setenv("FERRY_BUILD_NETWORK", "host")
    (tmp_path / "tensorboard").mkdir()
    (tmp_path / "tensorboard" / "Dockerfile").write_text(DOCKERFILE.format(base=f"{registry}/{BASE}"))
    return image.build(contexts.project_image(tmp_path / "tensorboard"), f"{registry}/trainferry", print)


@pytest.fixture
def store(gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    gcs.make_bucket("boards")
    return open_store(f"gs://boards/{time.time_ns()}")


def publish(store: Store, chunks: list[bytes]) -> None:
    """The run's one event file, as an agent stores it."""
    path = "logs/events.out.tfevents.1"
    names = [f"runs/{RUN}/output/1/{path}.parts/{number}" for number in range(len(chunks))]
    for name, chunk in zip(names, chunks, strict=True):
        store.put(name, chunk)
    _, generation = manifest.load(store, RUN)
    manifest.save(store, OutputManifest(RUN, {path: StoredFile(names, sum(map(len, chunks)), 0, 1)}), generation)


def events(folder: Path, steps: int) -> bytes:
    """An event file with that many losses, and where its first half ends."""
    writer = Writer(str(folder))
    for step in range(steps):
        writer.add_scalar("loss", 1 / (step + 1), step)
    writer.close()
    (file,) = folder.iterdir()
    return file.read_bytes()


@contextmanager
def forwarded(namespace: str) -> Iterator[str]:
    """The board's address on this machine, by the tenant's own right to forward ports."""
    words = ["kubectl", "--as", USER, "-n", namespace, "port-forward", f"deployment/tb-{RUN}", ":6006"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = re.search(r"127\.0\.0\.1:(\d+) ", process.stdout.readline())
        assert port, "kubectl port-forward did not begin"
        try:
            yield f"http://127.0.0.1:{port[1]}"
        finally:
            process.terminate()


def steps_shown(board: str, at_least: int) -> list[int]:
    """The steps of `loss` that the board answers, once there are so many."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    shown: list[int] = []
    for _ in range(300):
        try:
            with opener.open(f"{board}/data/plugin/scalars/scalars?tag=loss&run=logs", timeout=10) as answer:
                points: list[Any] = json.load(answer)
            shown = [step for _, step, _ in points]
        except urllib.error.HTTPError as error:
            error.close()  # no such run yet
        if len(shown) >= at_least:
            break
        time.sleep(0.2)
    return shown


def test_losses_are_shown_while_they_arrive_and_only_through_a_forwarded_port(
    gcs: GcsServer, store: Store, agent_image: str, board_image: str, tmp_path: Path
):
    whole = events(tmp_path / "events", 20)
    half = len(whole) // 2
    publish(store, [whole[:half]])
    agent = AgentImage(agent_image, env=(("STORAGE_EMULATOR_HOST", gcs.url),))
    with rendered_tenant() as namespace:
        board = tensorboard(RUN, store.url, board_image, agent, namespace)
        done = kubectl("apply", "--warnings-as-errors", "--as", USER, "-f", "-", text=dump([board]))
        assert (done.returncode, done.stderr) == (0, "")
        ready = kubectl("-n", namespace, "rollout", "status", f"deployment/tb-{RUN}", "--timeout=110s")
        assert ready.returncode == 0, kubectl("-n", namespace, "get", "pods", "-o", "yaml").stdout
        with forwarded(namespace) as address:
            first = steps_shown(address, 5)
            publish(store, [whole[:half], whole[half:]])
            assert first == list(range(len(first)))
            assert 5 <= len(first) < 20
            assert steps_shown(address, 20) == list(range(20))
        pod = json.loads(kubectl("-n", namespace, "get", "pods", "-o", "json").stdout)["items"][0]
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{pod['status']['podIP']}:6006/")
