"""A slow line between two network namespaces of our own: real TCP, so many ms each way, so many bytes a second.

Not every kernel has netem. This does what it does with two TUN devices and a pump between them, in a process of its own
(`python -m tests.bench.link CLIENT SERVER DELAY RATE`): a packet that goes in comes out after the delay and when the
rate allows; what would wait longer than QUEUE is dropped, as a router drops it. Handshakes, slow start and congestion
control are the kernel's. MTU 9000, so that the pump is no bottleneck. The addresses are RFC 2544's, for benchmarks,
inside of the namespaces only. Root only. When a bench is killed its processes and devices end with it; the empty
namespaces that it leaves are removed by the next.
"""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CLIENT, SERVER, MTU = "198.18.0.1", "198.18.0.2", 9000
QUEUE = 0.25  # seconds
PREFIX = "ferry-bench-"
NETNS = Path("/run/netns")
_TUNSETIFF, _TUN, _NO_HEADER, _CLONE_NEWNET = 0x400454CA, 0x1, 0x1000, 0x40000000


@dataclass(frozen=True)
class Line:
    """`delay`: seconds each way; `rate`: bytes a second each way, 0 for no limit."""

    delay: float = 0.0
    rate: float = 0.0


@contextmanager
def line(how: Line) -> Iterator[tuple[str, ...]]:
    """Moves this process to the client's end; yields the words that start a command at the server's (SERVER)."""
    _remove_left_over()
    ends = f"{PREFIX}{os.getpid()}-c", f"{PREFIX}{os.getpid()}-s"
    devices = f"fbc{os.getpid()}", f"fbs{os.getpid()}"
    words = [sys.executable, "-m", "tests.bench.link", *devices, str(how.delay), str(how.rate)]
    pump = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *words], stdout=subprocess.PIPE)
    try:
        if pump.stdout is None or pump.stdout.readline() != b"ready\n":
            raise RuntimeError("the pump of the line did not start; its message is above")
        for end, device, address in zip(ends, devices, (CLIENT, SERVER), strict=True):
            _join(end, device, address)
        with _inside(ends[0]):
            yield ("ip", "netns", "exec", ends[1])
    finally:
        pump.kill()
        pump.communicate()
        for end in ends:
            subprocess.run(["ip", "netns", "del", end], check=False, capture_output=True)


def _join(end: str, device: str, address: str) -> None:
    for words in (
        f"netns add {end}",
        f"link set {device} netns {end}",
        f"-n {end} link set lo up",
        f"-n {end} link set {device} mtu {MTU} txqueuelen 10000 up",
        f"-n {end} addr add {address}/24 dev {device}",
    ):
        subprocess.run(["ip", *words.split()], check=True)


@contextmanager
def _inside(end: str) -> Iterator[None]:
    """This thread, and the processes that it starts, in a namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(NETNS / end, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _remove_left_over() -> None:
    """Of a bench that was killed."""
    for found in NETNS.glob(f"{PREFIX}*"):
        owner = found.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            subprocess.run(["ip", "netns", "del", found.name], check=False)


class Way:
    """One direction: packets wait here until they are due."""

    def __init__(self, source: int, target: int, how: Line) -> None:
        self.source, self.target, self.how = source, target, how
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.free_at = 0.0

    def take(self) -> None:
        """What has come in."""
        for _ in range(64):
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            now = time.monotonic()
            if self.how.rate:
                starts = max(now, self.free_at)
                if starts - now > QUEUE:
                    continue
                now = self.free_at = starts + len(packet) / self.how.rate
            self.waiting.append((now + self.how.delay, packet))

    def give(self) -> None:
        """What is due."""
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            try:
                os.write(self.target, self.waiting.popleft()[1])
            except OSError:  # the other end is not up yet
                continue


def pump(devices: tuple[str, str], how: Line) -> None:
    """Between two TUN devices that it makes, until it is killed."""
    first, second = (_tun(name) for name in devices)
    print("ready", flush=True)
    ways = Way(first, second, how), Way(second, first, how)
    while True:
        due = [way.waiting[0][0] for way in ways if way.waiting]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        select.select([first, second], [], [], timeout)
        for way in ways:
            way.take()
            way.give()


def _tun(name: str) -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN | _NO_HEADER))
    return descriptor


if __name__ == "__main__":
    pump((sys.argv[1], sys.argv[2]), Line(float(sys.argv[3]), float(sys.argv[4])))
