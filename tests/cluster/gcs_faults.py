"""Faults that the GCS proxy injects on request, and the counters it keeps."""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.cluster.gcs_requests import Operation


@dataclass
class Fault:
    """What goes wrong, and for which requests: all fields of both groups are optional.

    Which: `prefix` of `bucket/object`, `method`, `kind` (list, get, download, insert, ...); the first `skip` matches
    pass, then `count` are hit, until `seconds` are over.
    What: wait `latency` seconds; answer `status` (with `retry_after`) without doing it; `reset` the connection; `cut`
    it after so many bytes of the body; do it but never answer (`lost`); at most `rate` bytes a second in all.
    """

    prefix: str = ""
    method: str = ""
    kind: str = ""
    skip: int = 0
    count: int | None = None
    seconds: float | None = None
    latency: float = 0.0
    status: int | None = None
    retry_after: int | None = None
    reset: bool = False
    cut: int | None = None
    lost: bool = False
    rate: float | None = None
    scope: str = ""
    born: float = field(default_factory=time.monotonic)
    free_at: float = 0.0

    def hits(self, operation: Operation, method: str) -> bool:
        """Whether this request is one of the unlucky; counts it."""
        if not operation.path.startswith(self.scope + self.prefix):
            return False
        if self.method not in ("", method) or self.kind not in ("", operation.kind):
            return False
        if self.seconds is not None and time.monotonic() > self.born + self.seconds:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
            return self.count >= 0
        return True

    async def pay(self, size: int) -> None:
        """Waits until `size` more bytes may pass: one bucket for all connections."""
        if self.rate is None:
            return
        now = time.monotonic()
        self.free_at = max(now, self.free_at) + size / self.rate
        await asyncio.sleep(self.free_at - now)


class Faults:
    """The faults in force. Each set belongs to a scope (`bucket/...`), so that tests side by side do not meet."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def replace(self, scope: str, faults: list[dict[str, Any]]) -> None:
        """Ends the faults of the scope and starts these. TypeError names a field that does not exist."""
        fresh = [Fault(**fault, scope=scope) for fault in faults]
        self.active = [fault for fault in self.active if fault.scope != scope] + fresh

    def of(self, operation: Operation, method: str) -> list[Fault]:
        """The faults that hit this request."""
        return [fault for fault in self.active if fault.hits(operation, method)]

    def listing(self) -> list[dict[str, Any]]:
        """As the control endpoint shows them."""
        return [asdict(fault) for fault in self.active]


class Counters:
    """Requests by kind, method and status, and bytes of bodies both ways, in all ("") and a bucket."""

    def __init__(self) -> None:
        self.buckets: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, bucket: str, **amounts: int) -> None:
        """Adds to a bucket and to the sum."""
        for name in {"", bucket}:
            self.buckets[name].update(amounts)

    def reset(self, bucket: str) -> None:
        """Forgets a bucket's numbers; "" forgets all."""
        if bucket:
            self.buckets.pop(bucket, None)
        else:
            self.buckets.clear()

    def of(self, bucket: str) -> dict[str, Any]:
        """`{"requests": n, "kinds": {...}, "methods": {...}, "statuses": {...}, "bytes_in": n, "bytes_out": n}`."""
        counter = self.buckets.get(bucket, Counter())
        groups = {"kinds": "kind:", "methods": "method:", "statuses": "status:"}
        named = {
            group: {name.removeprefix(mark): n for name, n in sorted(counter.items()) if name.startswith(mark)}
            for group, mark in groups.items()
        }
        return {name: counter[name] for name in ("requests", "bytes_in", "bytes_out")} | named
