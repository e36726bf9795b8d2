"""What is seen of a run from outside, and what hits it there: deletes, evictions, and kills of single processes."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Project, needed

PATIENCE = 240.0  # seconds; a test that waits in vain says for what
COMMAND = "python3 worker.py"
WRAPPER = "python3 -IS /ferry/control/wrapper.pyz"
CONDITIONS = '{.status.conditions[*].type}{"\\n"}'
TRAINER = '.status.containerStatuses[?(@.name=="trainer")].state'
STARTED = f'{{.metadata.name}} {{{TRAINER}.running.startedAt}}{{{TRAINER}.terminated.startedAt}}{{"\\n"}}'


def until(what: str, happens: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for a condition."""
    end = time.monotonic() + patience
    while not happens():
        assert time.monotonic() < end, f"waited {patience:.0f} s in vain: {what}"
        time.sleep(0.5)


def until_says(project: Project, run: str, line: str) -> None:
    """Wait until the command of the first pod prints `line`."""
    of_run = ("get", "pods", "-l", f"trainferry.dev/run={run}", "-w", "-o", f"jsonpath={STARTED}")
    pod = next(words[0] for words in _told(project, of_run, f"{run} starts") if len(words) == 2)
    for words in _told(project, ("logs", "-f", pod, "-c", "trainer"), f"{run} says {line!r}"):
        if " ".join(words).startswith(line):
            return
    raise AssertionError(f"{run} ended before it said {line!r}")


def until_ended(project: Project, run: str, patience: float = PATIENCE) -> str:
    """Wait until Kubernetes calls the Job Complete or Failed; returns which."""
    of_run = ("get", "job", run, "-w", "-o", f"jsonpath={CONDITIONS}")
    for words in _told(project, of_run, f"{run} ends", patience):
        for end in ("Complete", "Failed"):
            if end in words:
                return end
    raise AssertionError(f"kubectl no longer watches {run}")


def pod(project: Project, run: str) -> dict[str, Any]:
    """The newest pod of the run, {} when there is none."""
    pods = project.get("pods", "-l", f"trainferry.dev/run={run}")["items"]
    return max(pods, key=lambda p: p["metadata"]["creationTimestamp"]) if pods else {}


def delete(project: Project, run: str) -> None:
    """`kubectl delete pod`, as a person does."""
    project.kubectl("delete", "pod", pod(project, run)["metadata"]["name"], "--wait=false")


def evict(project: Project, run: str) -> None:
    """The eviction API, as a drained node does."""
    name = pod(project, run)["metadata"]["name"]
    eviction = {
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": project.namespace},
    }  # fmt: skip
    subprocess.run(
        ["kubectl", "create", "--raw", f"/api/v1/namespaces/{project.namespace}/pods/{name}/eviction", "-f", "-"],
        input=json.dumps(eviction), text=True, check=True, capture_output=True, timeout=60,
        env={**os.environ, "KUBECONFIG": needed("KUBECONFIG")},
    )  # fmt: skip


def kill_command(project: Project, run: str) -> None:
    """SIGKILL to the user's command."""
    _kill(processes(project, run, "trainer"), COMMAND)


def kill_wrapper(project: Project, run: str) -> None:
    """SIGKILL to the wrapper."""
    _kill(processes(project, run, "trainer"), WRAPPER)


def kill_first(project: Project, run: str) -> None:
    """SIGKILL to the trainer container's PID 1: all of it is gone at once."""
    _kill(processes(project, run, "trainer"), "sh -c")


def kill_agent(project: Project, run: str) -> None:
    """SIGKILL to the agent."""
    _kill(processes(project, run, "agent"), "python3 -m trainferry.agent")


def processes(project: Project, run: str, container: str) -> list[int]:
    """Host pids of a container of the newest pod. Needs to be root on the node's machine."""
    status = pod(project, run)["status"]
    states = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    identity = next(s["containerID"] for s in states if s["name"] == container).rpartition("/")[2]
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and identity in _cgroup(entry)]


def _kill(pids: list[int], command: str) -> None:
    """The one process whose command line begins so."""
    lines = {pid: _command(pid) for pid in pids}
    (chosen,) = (pid for pid, line in lines.items() if line.startswith(command))
    os.kill(chosen, signal.SIGKILL)


def _told(project: Project, words: tuple[str, ...], what: str, patience: float = PATIENCE) -> Iterator[list[str]]:
    """The words of each line that a `kubectl` which goes on says; an assertion when the time is up."""
    with subprocess.Popen(
        ["kubectl", "-n", project.namespace, *words], stdout=subprocess.PIPE, text=True, errors="replace",
        env={**os.environ, "KUBECONFIG": needed("KUBECONFIG")},
    ) as process:  # fmt: skip
        late = threading.Timer(patience, process.kill)
        late.start()
        try:
            assert process.stdout
            yield from (line.split() for line in process.stdout)
            assert late.is_alive(), f"waited {patience:.0f} s in vain: {what}"
        finally:
            late.cancel()
            process.kill()


def _cgroup(entry: Path) -> str:
    try:
        return (entry / "cgroup").read_text()
    except OSError:
        return ""  # it ended while we looked


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
