"""A claim on a real cluster: through its gateway beside `kubectl cp`, `tar | kubectl exec`, and the mounted disk.

python -m tests.bench.gateway [--size 1024] [--files 3000] [--rounds 3]      # MiB; tests/cluster/cluster.sh env first

From this machine: `ferry cp` and `ferry data` by the API server's service proxy, as the tenant's user; kubectl as the
administrator into a pod that has the same claim mounted. In that pod: the agent's store (HTTP to the gateway, its
projected token) beside plain files on the claim, written with fsync. Interleaved, medians of rounds, ratios.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.files import crc32c_of
from tests.bench.files import make as make_file
from tests.bench.folders import make as make_folder
from tests.bench.folders import scratch_folder
from tests.bench.timed import Timed, timed
from tests.cluster import tenant as tenants
from tests.e2e import volumes
from tests.e2e.conftest import BASE, FERRY, Project, needed
from tests.e2e.volumes import CLAIM, Images
from trainferry.manifests.environment import gateway_env
from trainferry.manifests.security import own_security, pod_security
from trainferry.manifests.volumes import gateway_mounts, gateway_volumes

POD, MOUNT = "beside", "/claim"
STORE = f"volume://{CLAIM}"
IN_POD = """
import os, sys, time
from pathlib import Path
from trainferry.store import open_store
size = int(sys.argv[1]) << 20
source, store, plain = Path("/tmp/source"), open_store("volume://store"), Path("/claim/plain/plain")
plain.parent.mkdir(exist_ok=True)
piece = os.urandom(1 << 20)
source.write_bytes(b"")
with source.open("ab") as file:
    for _ in range(size >> 20):
        file.write(piece)
def copy(start, end):
    with open(start, "rb") as one, open(end, "wb") as other:
        while data := one.read(1 << 20):
            other.write(data)
        other.flush()
        os.fsync(other.fileno())
def drain(pieces):
    return sum(map(len, pieces))
def plain_read():
    with open(plain, "rb") as file:
        return drain(iter(lambda: file.read(1 << 20), b""))
for name, job in {
    "write gateway": lambda: store.put_file("bench/object", source),
    "write mounted": lambda: copy(source, plain),
    "read gateway": lambda: drain(store.read("bench/object")),
    "read mounted": plain_read,
}.items():
    began = time.perf_counter()
    job()
    print(name, time.perf_counter() - began, sep="\\t")
"""


class Bench:
    """A tenant with a gateway, a pod beside it, and what is measured."""

    def __init__(self, project: Project, scratch: Path) -> None:
        self.project, self.scratch = project, scratch
        self.found: dict[str, list[Timed]] = defaultdict(list)
        self.admin = {**os.environ, "KUBECONFIG": needed("KUBECONFIG")}

    def ferry(self, row: str, *words: str) -> None:
        """As the user, in the project's folder."""
        self._measure(row, [str(FERRY), *words], self.project.environment)

    def kubectl(self, row: str, shell: str) -> None:
        """A line of shell, in which `k` is kubectl in the namespace."""
        line = f'set -eo pipefail; k() {{ kubectl -n {self.project.namespace} "$@"; }}; {shell}'
        self._measure(row, ["bash", "-c", line], self.admin)

    def file(self, number: int, crc: int) -> None:
        """One large file, in and out, every way."""
        here, out = self.scratch / "model.ckpt", self.scratch / "out.ckpt"
        there = f"{STORE}/bench/model-{number}.ckpt"
        pod = f"{MOUNT}/plain/model-{number}.ckpt"
        unpack = f"k exec -i {POD} -- tar xf - -C {MOUNT}/plain"
        self.kubectl("file in, tar", f"tar cf - -C {self.scratch} model.ckpt | {unpack}")
        self.ferry("file in, ferry", "cp", str(here), there)
        self.kubectl("file in, kubectl cp", f"k cp {here} {POD}:{pod}")
        for row, command in {
            "file out, kubectl cp": f"k cp {POD}:{pod} {out}",
            "file out, tar": f"k exec {POD} -- tar cf - -C {MOUNT}/plain model-{number}.ckpt | tar xOf - > {out}",
            "file out, ferry": "",
        }.items():
            if command:
                self.kubectl(row, command)
            else:
                self.ferry(row, "cp", there, str(out))
            assert crc32c_of(out) == crc, f"{row}: other bytes"
            out.unlink()
        self.project.kubectl("exec", POD, "--", "sh", "-c", f"rm -rf {MOUNT}/plain/model*")

    def folder(self, number: int) -> None:
        """Many small files, in and out, every way."""
        here, out = self.scratch / "small", self.scratch / "small-out"
        name = f"small-{number}"
        unpack = f"mkdir {MOUNT}/plain/{name} && tar xf - -C {MOUNT}/plain/{name}"
        self.kubectl("folder in, tar", f"tar cf - -C {here} . | k exec -i {POD} -- sh -c '{unpack}'")
        self.ferry("folder in, ferry", "data", "push", str(here), name)
        self.kubectl("folder in, kubectl cp", f"k cp {here} {POD}:{MOUNT}/plain/{name}-cp")
        self.ferry("folder unchanged, ferry", "data", "push", str(here), name)
        for row, command in {
            "folder out, kubectl cp": f"k cp {POD}:{MOUNT}/plain/{name} {out}",
            "folder out, tar": f"mkdir {out}; k exec {POD} -- tar cf - -C {MOUNT}/plain/{name} . | tar xf - -C {out}",
            "folder out, ferry": "",
        }.items():
            if command:
                self.kubectl(row, command)
            else:
                self.ferry(row, "data", "pull", name, str(out))
            assert sum(len(files) for _, _, files in os.walk(out)) == sum(len(files) for _, _, files in os.walk(here))
            shutil.rmtree(out)

    def in_pod(self, size: int) -> None:
        """The agent's way beside plain files."""
        said = self.project.kubectl("exec", POD, "--", "python3", "-c", IN_POD, str(size))
        for line in said.splitlines():
            row, seconds = line.split("\t")
            self.found[f"pod, {row}"].append(Timed(float(seconds), 0, 0))

    def median(self, row: str) -> float:
        """Seconds."""
        return statistics.median(one.seconds for one in self.found[row])

    def _measure(self, row: str, words: list[str], environment: dict[str, str]) -> None:
        home = os.getcwd()
        os.chdir(self.project.folder)
        try:
            self.found[row].append(timed(words, environment))
        finally:
            os.chdir(home)


def pod(image: str, namespace: str) -> dict[str, Any]:
    """The agent's image and token, and the claim itself, which a real agent never mounts."""
    mounts = [{"name": "claim", "mountPath": MOUNT}, {"name": "tmp", "mountPath": "/tmp"}, *gateway_mounts(STORE)]
    disks = [{"name": "claim", "persistentVolumeClaim": {"claimName": CLAIM}}, {"name": "tmp", "emptyDir": {}}]
    resources = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}}
    container = {
        "name": POD,
        "image": image,
        "command": ["sleep", "7200"],
        "env": [{"name": name, "value": value} for name, value in gateway_env(STORE).items()],
        "securityContext": own_security(),
        "volumeMounts": mounts,
        "resources": resources,
    }
    spec = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": pod_security(),
        "containers": [container],
        "volumes": [*disks, *gateway_volumes(STORE)],
    }
    metadata = {"name": POD, "namespace": namespace, "labels": {"app.kubernetes.io/component": "run"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@contextmanager
def desk() -> Iterator[Project]:
    """A tenant whose store is a claim, and the pod; all of it goes at the end."""
    registry = needed("FERRY_TEST_REGISTRY")
    build = [str(FERRY), "build", "ferry", "--registry", f"{registry}/trainferry", "--base-image", f"{registry}/{BASE}"]
    built = subprocess.run(
        build, check=True, text=True, stdout=subprocess.PIPE, env={**os.environ, "FERRY_BUILD_NETWORK": "host"}
    )
    images = Images(registry, built.stdout.strip())
    with volumes.tenant("f") as user, tempfile.TemporaryDirectory() as home:
        done = volumes.init(user.namespace, CLAIM, images, Path(home) / "admin", "--yes", "--size", "8Gi")
        assert done.returncode == 0, done.stderr
        project = volumes.desk(user, images, Path(home))
        tenants.kubectl("create", "-f", "-", stdin=json.dumps(pod(images.agent, user.namespace)))
        project.kubectl("wait", f"pod/{POD}", "--for=condition=Ready", "--timeout=90s")
        project.kubectl("exec", POD, "--", "mkdir", "-p", f"{MOUNT}/plain")
        yield project


def report(size: int, files: int, rounds: int) -> list[str]:
    """A line a row and rival."""
    load = []
    with desk() as project, scratch_folder() as scratch:
        bench = Bench(project, Path(scratch))
        crc = make_file(bench.scratch / "model.ckpt", size)
        make_folder(bench.scratch / "small", files)
        for number in range(rounds):
            bench.file(number, crc)
            bench.folder(number)
            bench.in_pod(size // 4)
            load.append(os.getloadavg()[0])
    lines = []
    for row in ("file in", "file out", "folder in", "folder out"):
        ours = bench.median(f"{row}, ferry")
        for rival in ("kubectl cp", "tar"):
            theirs = bench.median(f"{row}, {rival}")
            lines.append(f"{row:<11} {rival:>10} / ferry {theirs / ours:6.2f} x   {theirs:6.2f} s / {ours:.2f} s")
    for row in ("write", "read"):
        ours, theirs = bench.median(f"pod, {row} gateway"), bench.median(f"pod, {row} mounted")
        lines.append(f"in a pod, {row:<5} gateway / mounted {ours / theirs:5.2f} x   {ours:.2f} s / {theirs:.2f} s")
    peak = max(one.megabytes for row, found in bench.found.items() if row.endswith("ferry") for one in found)
    again = bench.median("folder unchanged, ferry")
    return [
        *lines,
        f"folder pushed once more, unchanged: {again:.2f} s; ferry's peak: {peak:.0f} MB",
        f"{size} MiB, {files:,} files, {rounds} rounds, load {min(load):.1f} to {max(load):.1f}",
    ]


def main(words: list[str] | None = None) -> None:
    """See the top."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1024, help="MiB of the large file; a quarter of it in the pod")
    parser.add_argument("--files", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    flags = parser.parse_args(words)
    if "KUBECONFIG" not in os.environ:
        print("no cluster", file=sys.stderr)
        return
    print("\n".join(report(flags.size, flags.files, flags.rounds)))


if __name__ == "__main__":
    main()
