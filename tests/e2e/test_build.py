"""Real builds: the cluster's Docker daemon and registry."""

import subprocess
import uuid
from pathlib import Path

import pytest

from trainferry.errors import FerryError
from trainferry.ship import contexts, image


@pytest.fixture
def folder(tmp_path: Path, registry: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a Dockerfile that nobody has built before."""
    monkeypatch.setenv("FERRY_BUILD_NETWORK", "host")
    project = tmp_path / f"p-{uuid.uuid4().hex[:8]}"
    project.mkdir()
    (project / "Dockerfile").write_text(f"FROM {registry}/base/python:3.11\nCOPY x /x\nRUN cat /x\n")
    (project / "x").write_text(project.name)
    return project


def build(folder: Path, registry: str) -> tuple[str, list[str]]:
    """The pinned image, and what was told meanwhile (the names of tags and bases left out)."""
    told: list[str] = []
    pinned = image.build(contexts.project_image(folder), f"{registry}/trainferry", told.append)
    return pinned, [line.split(registry)[0].strip() for line in told if "MiB" not in line]


def refused(folder: Path, registry: str) -> str:
    with pytest.raises(FerryError) as error:
        build(folder, registry)
    return f"{error.value.exit_code} {error.value}"


def test_the_same_inputs_are_built_once(folder: Path, registry: str):
    first, told = build(folder, registry)
    assert told == ["building", "Step 1/3 : FROM", "Step 2/3 : COPY x /x", "Step 3/3 : RUN cat /x", "pushing"]
    assert build(folder, registry) == (first, [])
    (folder / "x").write_text("changed")
    second, told = build(folder, registry)
    assert (second != first, told[0], told[-1]) == (True, "building", "pushing")
    (folder / "x").write_text(folder.name)
    assert build(folder, registry) == (first, [])
    assert first.startswith(f"{registry}/trainferry/{folder.name}@sha256:")


def test_a_tag_means_the_same_with_docker_and_without(registry: str, monkeypatch: pytest.MonkeyPatch):
    pinned = image.resolve(f"{registry}/base/python:3.11")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    assert image.resolve(f"{registry}/base/python:3.11") == pinned


def test_an_error_inside_the_build_is_an_error_of_the_build(folder: Path, registry: str):
    with (folder / "Dockerfile").open("a") as file:
        file.write("RUN echo no such thing && exit 3\n")
    assert refused(folder, registry) == (
        f"2 building {folder.name}: The command '/bin/sh -c echo no such thing && exit 3' returned a non-zero code: 3"
        " (no such thing)"
    )


def test_a_base_that_does_not_exist_is_named(folder: Path, registry: str):
    (folder / "Dockerfile").write_text(f"FROM {registry}/base/nothing:1\n")
    assert refused(folder, registry) == (
        f"2 no image {registry}/base/nothing:1 to build from   docker pull {registry}/base/nothing:1"
    )


def test_a_registry_that_does_not_answer_is_one_line(folder: Path):
    said = refused(folder, "127.0.0.1:1")
    assert said.startswith("3 the registry of 127.0.0.1:1/trainferry/p-")
    assert said.endswith("connection refused   docker info")


def in_image(pinned: str, *words: str) -> str:
    """What a command says in the image: another user, nothing writable but /tmp."""
    return subprocess.run(
        ["docker", "run", "--rm", "--network=none", "--read-only", "--tmpfs=/tmp", "--user=20002:0", "--cap-drop=ALL",
         "--entrypoint=python3", pinned, *words],
        text=True, capture_output=True, check=True,
    ).stdout.strip()  # fmt: skip


def test_the_agent_is_compiled_and_runs_as_anybody_on_a_read_only_root(agent_image: str):
    program = (
        "import os, sys, trainferry.agent.fetch, trainferry.store.gcs as m, google.cloud.storage as g\n"
        "print([os.path.exists(x.__cached__) for x in (m, g)], {'kubernetes', 'docker', 'typer'} & {*sys.modules})"
    )
    assert in_image(agent_image, "-c", program) == "[True, True] set()"


@pytest.mark.torch_image
def test_the_trainer_image_has_torch_for_cuda_and_what_training_code_expects(registry: str, monkeypatch):
    monkeypatch.setenv("FERRY_BUILD_NETWORK", "host")
    context = contexts.trainer_image(f"{registry}/base/python:3.11")
    pinned = image.build(context, f"{registry}/trainferry", print)
    program = (
        "import torch, torchvision, tensorboard, safetensors.torch, PIL, numpy;"
        "print(torch.version.cuda is not None, torch.ones(2, 2).sum().item())"
    )
    assert in_image(pinned, "-c", program) == "True 4.0"
