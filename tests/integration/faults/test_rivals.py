"""A conditional write whose answer gets lost is tried again, and never on top of what somebody else wrote meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.integration.faults import command
from tests.integration.faults.line import Line
from tests.integration.faults.places import Behind, Bucket, Place
from tests.integration.faults.plan import Fault
from tests.integration.gateway.server import gateway
from trainferry.runs.swap import swap
from trainferry.store import gcs_client

assert gcs_client  # warm in every command


@pytest.fixture(params=["gs", "volume"])
def place(request: pytest.FixtureRequest, server: GcsServer, tmp_path: Path) -> Iterator[Place]:
    if request.param == "gs":
        line = Line(server.url.removeprefix("http://"))
        yield Bucket(server, line)
        line.close()
        return
    with gateway(tmp_path / "claim") as running:
        line = Line(running.url.removeprefix("http://"))
        yield Behind(running, line)
        line.close()


def test_an_answer_that_never_comes_is_ours_when_nobody_else_wrote(place: Place) -> None:
    command.run(_write, place, b"first")
    begun = command.Command(_replace, place)
    place.line.arm([Fault("mute", at=2)])
    assert (begun.go().how, command.run(_read, place).value) == ("ok", b"mine")


def test_somebody_elses_write_between_two_tries_stays(place: Place) -> None:
    command.run(_write, place, b"first")
    begun = command.Command(_replace, place)
    place.line.arm([Fault("mute", at=2)])

    def rival() -> None:
        if command.run(_read, place).value == b"mine":
            command.run(_write, place, b"rival")

    ended = begun.go(rival)
    assert command.run(_read, place).value == b"rival"
    assert (ended.how, ended.said.partition(":")[0]) == ("refused", "Changed")


def _replace(place: Place) -> None:
    store = place.through(timeout=4.0)  # long enough for a rival on a busy machine
    there = store.stat("x")
    assert there is not None
    swap(store, "x", b"mine", there.generation)


def _write(place: Place, data: bytes) -> None:
    place.direct().put("x", data)


def _read(place: Place) -> bytes:
    return place.direct().get("x")
