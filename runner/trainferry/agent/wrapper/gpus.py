"""Is there a GPU that answers? Asked before the command starts, so that nobody trains on the CPU by mistake."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Mapping

LIBRARIES = "/usr/local/nvidia/lib64"  # where GKE mounts the driver; images need not know it
PROBE = """
import ctypes, sys
try:
    cuda = ctypes.CDLL("libcuda.so.1")
except OSError:
    sys.exit("no NVIDIA driver in the container (libcuda.so.1)")
count = ctypes.c_int()
error = cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count))
if error or not count.value:
    sys.exit("no GPU answers (CUDA error %d)" % error)
print(count.value)
"""


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables with the driver's folder on the library path, where the node has put one."""
    paths = [path for path in environ.get("LD_LIBRARY_PATH", "").split(":") if path]
    if not os.path.isdir(LIBRARIES) or LIBRARIES in paths:
        return dict(environ)
    return {**environ, "LD_LIBRARY_PATH": ":".join([*paths, LIBRARIES])}


def trouble(asked: int, environ: Mapping[str, str]) -> str:
    """Why the GPUs asked for cannot be used, "" when all is well. In a process of its own: cuInit leaves traces."""
    if not asked or environ.get("FERRY_GPU_CHECK") == "off":
        return ""
    try:
        probe = subprocess.run(
            [sys.executable, "-IS", "-c", PROBE], env=dict(environ), capture_output=True, text=True, timeout=120
        )
    except subprocess.TimeoutExpired:
        return "the GPU driver did not answer for 120 s"
    if probe.returncode:
        return (probe.stderr.strip().splitlines() or ["the GPU driver crashed"])[-1]
    found = int(probe.stdout)
    return "" if found >= asked else "%d GPUs were asked for, %d answer" % (asked, found)
