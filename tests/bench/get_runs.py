"""`ferry get runs` with 200 Jobs in the namespace, to `kubectl get jobs`: interleaved, medians, and their ratio.

python -m tests.bench.get_runs          # KUBECONFIG names the cluster; makes a namespace and removes it
"""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.start_up import seconds, side_by_side
from trainferry.manifests.agent_image import AgentImage
from trainferry.manifests.job import job
from trainferry.spec.runspec import RunSpec

FERRY = Path(sys.executable).parent / "ferry"
JOBS = 200
DIGEST = "a" * 64


def kubectl(*words: str, stdin: str = "") -> str:
    """As the cluster's admin."""
    return subprocess.run(["kubectl", *words], input=stdin, check=True, capture_output=True, text=True).stdout


def rendered(number: int, namespace: str) -> dict[str, Any]:
    """A whole run's Job, suspended, so that no pod is made."""
    image = f"registry.example/trainer@sha256:{DIGEST}"
    spec = RunSpec(f"bench-{number:03}", ("python", "train.py"), "gs://bench/team", image=image, code=DIGEST)
    made = job(spec, AgentImage(image=image, env=()), namespace)
    made["spec"]["suspend"] = True
    return made


@contextmanager
def namespace_of_jobs() -> Iterator[str]:
    """A namespace with JOBS Jobs, removed at the end."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    try:
        items = [rendered(number, name) for number in range(JOBS)]
        kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def report() -> list[str]:
    """One line: the ratio, then the seconds it comes from."""
    context = kubectl("config", "current-context").strip()
    with namespace_of_jobs() as name, tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "FERRY_ENGINE": "kubernetes", "FERRY_STORE": "gs://bench/team"}
        words = [str(FERRY), "get", "runs", "-n", name, "--context", context]
        found = side_by_side(
            {
                "ferry": lambda: seconds(words, cwd=folder, env=environment),
                "kubectl": lambda: seconds(["kubectl", "get", "jobs", "-n", name]),
            }
        )
        lines = subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True).stdout.count(b"\n")
    ratio = found["ferry"] / found["kubectl"]
    times = f"{found['ferry']:.3f} s / {found['kubectl']:.3f} s   {lines - 1} of {JOBS} runs"
    return [f"ferry get runs / kubectl get jobs {ratio:5.1f} x   {times}"]


def main(words: list[str] | None = None) -> None:
    """See the top."""
    print("\n".join(report()))


if __name__ == "__main__":
    main()
