"""What hits a pod from outside: deletes, evictions, and kills of single processes."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.conftest import Project, needed


def until(what: str, happens: Callable[[], object], patience: float = 180) -> None:
    """Wait for a condition; a test that waits in vain says for what."""
    end = time.monotonic() + patience
    while not happens():
        assert time.monotonic() < end, f"waited {patience:.0f} s in vain: {what}"
        time.sleep(0.3)


def pod(project: Project, run: str) -> dict:
    """The newest pod of the run, {} when there is none."""
    pods = project.get("pods", "-l", f"trainferry.dev/run={run}")["items"]
    return max(pods, key=lambda p: p["metadata"]["creationTimestamp"]) if pods else {}


def says(project: Project, run: str, line: str) -> bool:
    """Whether the newest pod's command has printed `line`."""
    name = pod(project, run).get("metadata", {}).get("name")
    return bool(name) and line in project.kubectl("logs", name, "-c", "trainer", code=None)


def delete(project: Project, run: str) -> None:
    """`kubectl delete pod`, as a person does."""
    project.kubectl("delete", "pod", pod(project, run)["metadata"]["name"], "--wait=false")


def evict(project: Project, run: str) -> None:
    """The eviction API, as a drained node does."""
    name = pod(project, run)["metadata"]["name"]
    eviction = {
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": project.namespace},
    }
    subprocess.run(
        ["kubectl", "create", "--raw", f"/api/v1/namespaces/{project.namespace}/pods/{name}/eviction", "-f", "-"],
        input=json.dumps(eviction), text=True, check=True, capture_output=True, timeout=60,
        env={**os.environ, "KUBECONFIG": needed("KUBECONFIG")},
    )


def processes(project: Project, run: str, container: str) -> list[int]:
    """Host pids of a container of the newest pod, its PID 1 first. Needs to be root on the node's machine."""
    status = pod(project, run)["status"]
    states = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    identity = next(s["containerID"] for s in states if s["name"] == container).rpartition("/")[2]
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and identity in (entry / "cgroup").read_text():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended while we looked
    return sorted(found, key=_started)


def kill(project: Project, run: str, container: str, words: str = "") -> None:
    """SIGKILL to the container's PID 1, or to its first process whose command line holds `words`."""
    pids = processes(project, run, container)
    chosen = [pid for pid in pids if words in _command(pid)] if words else pids[:1]
    assert chosen, f"no process of {container} with {words!r} among {[_command(pid) for pid in pids]}"
    os.kill(chosen[0], signal.SIGKILL)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _started(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0
