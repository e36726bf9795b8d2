"""What goes wrong, and when: counted in bytes of bodies that passed, or in requests."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

STATUS = {"503": 503, "429": 429}
SAID = re.compile(rb'("crc32c":\s*"?|\r\nx-ferry-crc32c: )(.)', re.IGNORECASE)
ENVELOPE = 1024  # bytes of a multipart upload that say what follows: TLS guards them, no checksum does


@dataclass
class Fault:
    """`what`, and where: after `at` bytes that went `up` or `down`, or at request number `at` (from 1) with way "".

    503, 429: that answer instead of doing it. reset, cut: the connection ends, by RST or FIN. flip: another byte
    passes (in an answer without bytes of objects: another crc32c is told). silence: nothing passes any more.
    Of requests also lost: done, but never answered. mute: done, then silence. cut-sent: the request is cut.
    kill: the process `pid` gets SIGKILL, `delay` seconds later.
    """

    what: str
    way: str = ""
    at: int = 0
    pid: int = 0
    delay: float = 0.0


@dataclass
class Plan:
    """The faults to come, what has passed so far (`due`: bytes of answers that began), how many faults happened."""

    faults: list[Fault] = field(default_factory=list)
    requests: int = 0
    up: int = 0
    down: int = 0
    due: int = 0
    hits: int = 0

    def state(self) -> dict[str, Any]:
        """For who asks."""
        return asdict(self)

    def request(self) -> Fault | None:
        """Counts a request; the fault that hits it."""
        self.requests += 1
        return self._take(next((f for f in self.faults if not f.way and f.at == self.requests), None))

    def refused(self, size: int) -> Fault | None:
        """The refusal that an answer of so many bytes runs into: it has to be known before the first of them."""
        fault = next((f for f in self.faults if f.way == "down" and f.what in STATUS and f.at < self.due + size), None)
        self.due += 0 if fault else size
        return self._take(fault)

    def passing(self, way: str, piece: bytes, spared: int = 0) -> tuple[bytes, Fault | None]:
        """Counts a piece: as much of it as passes, and what stops it there. No flip in the first `spared` bytes."""
        passed = getattr(self, way)
        fault = next((f for f in self.faults if f.way == way and f.at < passed + len(piece)), None)
        if fault and fault.what == "flip":
            fault.at = max(fault.at, passed + spared)
        if fault is None or (way == "down" and fault.what in STATUS) or fault.at >= passed + len(piece):
            setattr(self, way, passed + len(piece))
            return piece, None
        inside = max(0, fault.at - passed)
        self._take(fault)
        if fault.what == "flip" or fault.delay:
            setattr(self, way, passed + len(piece))
            return (flipped(piece, inside), None) if fault.what == "flip" else (piece, fault)
        setattr(self, way, passed + inside)
        return piece[:inside], fault

    def _take(self, fault: Fault | None) -> Fault | None:
        if fault is not None:
            self.faults.remove(fault)
            self.hits += 1
        return fault


def flipped(data: bytes, at: int) -> bytes:
    """One bit of one byte is another one."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def told_wrong(data: bytes) -> bytes:
    """The first crc32c that JSON or a header tells becomes another one."""
    return SAID.sub(lambda found: found[1] + (b"1" if found[2] != b"1" else b"2"), data, count=1)
