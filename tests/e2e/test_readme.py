"""The README's commands for a cluster, as they are written, for a user with a namespace, a bucket and a registry."""

import re
import subprocess

import pytest

from tests.e2e.conftest import BASE, Project
from tests.integration.cli.test_readme import README, commands, section


@pytest.mark.torch_image
@pytest.mark.timeout(3000)
def test_the_readmes_commands_for_a_cluster_go_as_written(project: Project, registry: str) -> None:
    (project.folder / "ferry.toml").unlink()
    script = re.search(r"```python\n(.*?)```", README.read_text(), re.S)
    assert script
    (project.folder / "train.py").write_text(script[1])
    (project.folder / "pets" / "cat").mkdir(parents=True)
    (project.folder / "pets" / "cat" / "1.txt").write_text("meow\n")
    own = {
        "gke-team": project.context,
        "--namespace alice": f"--namespace {project.namespace}",
        "gs://team-ferry": project.store,
        "europe-docker.pkg.dev/team/ferry": f"{registry}/trainferry",
    }
    told = ["set -euo pipefail"]
    for line in commands(section("On a cluster")):
        for example, real in own.items():
            line = line.replace(example, real)
        told += [line]
        if line.startswith("ferry init"):
            told += ["""printf 'env = ["FERRY_GPU_CHECK=off"]\\ncpu = "50m"\\nmemory = "1Gi"\\n' >>ferry.toml"""]
    done = subprocess.run(
        ["bash", "-c", "\n".join(told)],
        cwd=project.folder,
        env={**project.environment, "FERRY_BASE_IMAGE": f"{registry}/{BASE}"},
        text=True,
        capture_output=True,
        timeout=2400,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("step 4 of 5 over 1 files") == 2
    assert (project.folder / "last.ckpt").read_text() == '{"step": 5}'
