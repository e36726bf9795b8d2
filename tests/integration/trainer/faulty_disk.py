"""Trains on disks that begin to fail: `faulty_disk.py FOLDER FLAG...`, root in a mount namespace of its own.

Prints a JSON object: fault -> how the start ended that met it, what was left, how the next start on a good disk ended.
What FLAG... trains is then in FOLDER/<fault>.
"""

import ctypes
import errno
import json
import os
import platform
import shutil
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainer.__main__ import main
from trainer.checkpoint import Checkpoints

LIBC = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT = 1, 32
NO_NEW_PRIVS, SECCOMP = 38, {"x86_64": 317, "aarch64": 277}[platform.machine()]
FSYNC = {"x86_64": 74, "aarch64": 82}[platform.machine()]


def mount(folder: Path, flags: int, options: str) -> None:
    """A disk in memory at folder, or with MS_REMOUNT other options for it; OSError."""
    if LIBC.mount(b"none", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(flags), options.encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))


def read_only(folder: Path) -> None:
    """As when the kernel gives up on a disk; as soon as no file of it is open for writing."""
    while True:
        try:
            return mount(folder, MS_REMOUNT | MS_RDONLY, "")
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise


def no_fsync(folder: Path) -> None:
    """From now on the kernel answers every fsync of this process with EIO."""
    load, jump_equal, give = 0x20, 0x15, 0x06
    lines = [(load, 0, 0, 0), (jump_equal, 0, 1, FSYNC), (give, 0, 0, 0x00050000 | errno.EIO), (give, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code))
    LIBC.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    if LIBC.syscall(SECCOMP, 1, 1, ctypes.create_string_buffer(program)):  # set a filter, for all threads
        raise OSError(ctypes.get_errno(), "seccomp")


def once_saved(folder: Path, fault: Callable[[Path], None]) -> None:
    """Call fault when the second checkpoint is there."""
    while not list(folder.glob("step-*.pt")):
        time.sleep(0.0005)
    fault(folder)


def trained(flags: list[str], output: Path, fault: Callable[[Path], None] | None = None) -> dict[str, Any]:
    """Exit code and stderr of a start in a process of its own, in which the fault happens."""
    log = output.with_suffix(".log")
    pid = os.fork()
    if not pid:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if fault:
            threading.Thread(target=once_saved, args=(output / "checkpoints", fault), daemon=True).start()
        os._exit(main([*flags, "--output", str(output)]))
    return {"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "err": log.read_text()}


def suffered(flags: list[str], output: Path, size: str, fault: Callable[[Path], None] | None) -> dict[str, Any]:
    """The whole story of one fault."""
    folder = output / "checkpoints"
    folder.mkdir(parents=True)
    mount(folder, 0, f"size={size}")
    met = trained(flags, output, fault)
    mount(folder, MS_REMOUNT, "size=64m")
    checkpoints = Checkpoints(folder)
    newest = checkpoints.newest()
    left = {"step": newest and newest["progress"]["step"], "said": checkpoints.said}
    names = sorted(path.name for path in folder.iterdir())
    then = trained(flags, output)
    shutil.copytree(folder, output / "kept")
    LIBC.umount(os.fsencode(folder))
    folder.rmdir()
    (output / "kept").rename(folder)
    return {"met": met, "left": left, "names": names, "then": then}


if __name__ == "__main__":
    where, *rest = sys.argv[1:]
    faults = {"ENOSPC": ("3m", None), "EIO": ("64m", no_fsync), "EROFS": ("64m", read_only)}
    print(json.dumps({name: suffered(rest, Path(where) / name, *fault) for name, fault in faults.items()}))
