"""Many small objects through a gateway: packed on the wire, in requests of a bounded size."""

import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import IO, Any, cast

import urllib3

from trainferry.errors import Corrupt
from trainferry.store import http_errors, packed
from trainferry.store.door import Asking, Request
from trainferry.store.windows import windowed

BYTES = 8 << 20  # of one request that puts
AHEAD = 3  # requests that put, at once


def get(asking: Asking, names: Sequence[str], about: str) -> Iterator[tuple[str, bytes]]:
    """In the order of `names`, from the gateway's root. Raises Missing."""
    for start in range(0, len(names), packed.BATCH):
        yield from _batch(asking, names[start : start + packed.BATCH], about)


def put(asking: Asking, pool: Executor, items: Iterable[tuple[str, bytes]], about: str) -> Iterator[dict[str, Any]]:
    """What the gateway says about each, in order."""

    def send(pack: bytes) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = asking.told(Request("POST", "/v1/unpack", body=pack, about=about))["objects"]
        return told

    for told in windowed(pool, send, _packs(items), AHEAD):
        yield from told


def _batch(asking: Asking, names: Sequence[str], about: str) -> Iterator[tuple[str, bytes]]:
    """What was cut goes on behind the last that came whole."""
    came, tries = 0, asking.tries()
    while came < len(names):
        body = json.dumps({"names": names[came:]}).encode()
        answer = asking.ask(Request("POST", "/v1/pack", body=body, about=about), stream=True)
        try:
            for pair in _members(answer, names[came:], about):
                came, tries = came + 1, asking.tries()
                yield pair
        except (urllib3.exceptions.HTTPError, tarfile.TarError, EOFError) as error:
            if not tries.again():
                raise http_errors.silence(error, about) from error
        finally:
            answer.close()


def _members(answer: urllib3.BaseHTTPResponse, names: Sequence[str], about: str) -> Iterator[tuple[str, bytes]]:
    """Raises EOFError when the answer ends too early."""
    for came, (info, data) in enumerate(packed.members(cast(IO[bytes], answer))):
        if info.name == packed.ERROR:
            raise http_errors.told(json.loads(data), about)
        if info.name != names[came]:
            raise Corrupt(f"{about}: {info.name} came in place of {names[came]}")
        yield info.name, data
        if came + 1 == len(names):
            answer.drain_conn()
            return
    raise EOFError("the answer was cut")


def _packs(items: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Tars of about 8 MiB at most."""
    held, count = bytearray(), 0
    for name, data in items:
        whole = packed.whole(name, data)
        if held and (len(held) + len(whole) > BYTES or count == packed.BATCH):
            yield bytes(held + packed.END)
            held, count = bytearray(), 0
        held += whole
        count += 1
    if held:
        yield bytes(held + packed.END)
