"""What the kernel says about our memory: how many processes it killed for it, and the limit. cgroup v1 and v2."""

from __future__ import annotations

from typing import List, Optional

V1, V2 = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"
UNLIMITED = 1 << 60
UNITS = ((1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))


def oom_kills() -> int:
    """Processes of our cgroup killed for lack of memory so far; 0 where the kernel does not tell."""
    for folder, name in _files("memory.oom_control", "memory.events"):
        for line in _lines(folder + "/" + name):
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return int(value)
    return 0


def limit() -> Optional[int]:
    """Bytes of memory we may use, None without a limit."""
    for folder, name in _files("memory.limit_in_bytes", "memory.max"):
        for line in _lines(folder + "/" + name):
            if line.isdigit():
                return int(line) if int(line) < UNLIMITED else None
    return None


def quantity(size: int) -> str:
    """Bytes as Kubernetes writes them, for example 64Mi."""
    for unit, letter in UNITS:
        if size % unit == 0:
            return "%d%s" % (size // unit, letter)
    return str(size)


def _files(v1: str, v2: str) -> List[tuple[str, str]]:
    """Where to look, best first: our own cgroup by its path, then the root of the mount (a container's own cgroup)."""
    paths = [line.split(":", 2) for line in _lines("/proc/self/cgroup") if line.count(":") >= 2]
    own_v1 = [V1 + path for _, names, path in paths if "memory" in names.split(",")]
    own_v2 = [V2 + path for _, names, path in paths if not names]
    return [(folder, v1) for folder in (*own_v1, V1)] + [(folder, v2) for folder in (*own_v2, V2)]


def _lines(path: str) -> List[str]:
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []
