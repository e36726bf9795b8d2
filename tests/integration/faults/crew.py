"""Many cases at once: a few warm processes, each with a line of its own, that fork a command whenever one is due."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tests.cluster.gcs_server import GcsServer
from tests.integration.clean import CLEAN
from tests.integration.faults import command
from tests.integration.faults.line import Line
from tests.integration.faults.places import Behind, Bucket, Place
from tests.integration.faults.plan import Fault, Plan
from tests.integration.faults.scenarios import Scenario
from tests.integration.gateway.server import Gateway
from trainferry.runs import lease
from trainferry.store import gcs_client  # all that is imported here is warm in every command

PROCESSES = 4  # they wait more than they work: for timeouts, and for each other
TEMPORARY, DAY = re.compile(r"\.ferry-[0-9a-f]{16}"), 86400
LONGEST = 300.0  # seconds of one case, which is several commands
SHORT, LONG = (
    1.0,
    10.0,
)  # seconds of a timeout: while a peer will go silent, and when a busy machine must not look silent


@dataclass(frozen=True)
class Case:
    """`place`: gs or volume. The command is given again until it ends well, `again` times at most.

    `victim`: whom kills hit, the first command or the server.
    """

    place: str
    name: str
    scenario: Scenario
    faults: tuple[Fault, ...] = ()
    again: int = 1
    victim: str = "command"

    def __str__(self) -> str:
        faults = " ".join(f"{f.what}@{f.way}{f.at}" + (f"+{f.delay:.3f}" if f.delay else "") for f in self.faults)
        return f"{self.name} {self.place} {self.victim} {faults}"


@dataclass
class Result:
    """`wrong`: sentences. `passed`: of the first command, what its line counted. `ends`: how each command ended."""

    case: Case
    wrong: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    hits: int = 0
    passed: Plan = field(default_factory=Plan)

    def __str__(self) -> str:
        return f"{self.case}: {'; '.join(self.wrong)} ({' -> '.join(self.ends)})"


class Worker:
    """What one process of the crew has: lines to the servers, and a folder."""

    def __init__(self, server: GcsServer, scratch: Path) -> None:
        self.server = server
        self.scratch = Path(tempfile.mkdtemp(dir=scratch))

    def place(self, kind: str) -> Place:
        """A new one."""
        return Bucket(self.server, self._line) if kind == "gs" else Behind(*self._gateway)

    @cached_property
    def _line(self) -> Line:
        return Line(self.server.url.removeprefix("http://"))

    @cached_property
    def _gateway(self) -> tuple[Gateway, Line]:
        gateway = Gateway(self.scratch / "claim", "tests.integration.gateway.serving", self.scratch / "log")
        gateway.folder.mkdir()
        gateway.start()
        return gateway, Line(gateway.url.removeprefix("http://"))


_worker: Worker


def play(cases: Iterable[Case], server: GcsServer, scratch: Path) -> Iterator[Result]:
    """As they end."""
    cases = list(cases)
    scenarios = list({id(case.scenario): case.scenario for case in cases}.values())
    with CLEAN.Pool(PROCESSES, _begin, (server.url, scratch, scenarios)) as pool:
        results = pool.imap_unordered(_play, cases)
        try:
            while True:
                yield results.next(LONGEST)
        except StopIteration:
            return


def _begin(url: str, scratch: Path, scenarios: list[Scenario]) -> None:
    global _worker
    _worker = Worker(GcsServer(url), scratch)
    for scenario in scenarios:
        scenario.warm()
    os.environ["XDG_CACHE_HOME"] = str(_worker.scratch / "cache")
    assert gcs_client
    lease.STALE, lease.PAUSE = 2.0, 0.05


def _play(case: Case) -> Result:
    result = Result(case)
    with _folder() as folder, _place(case.place) as place:
        prepared = command.run(_prepare, case.scenario, place, folder)
        if prepared.how != "ok":
            result.wrong.append(f"could not be prepared: {prepared.said}")
            return result
        while not result.wrong and len(result.ends) <= case.again:
            if _once(result, place, folder):
                break
        else:
            result.wrong.append("never ended well")
        state = place.line.state()
        result.hits = state["hits"]
        return result


def _once(result: Result, place: Place, folder: Path) -> bool:
    """The command, and a look at what it left. True when it ended well."""
    case, first = result.case, not result.ends
    coming = case.faults if first else [Fault(**fault) for fault in place.line.state()["faults"]]
    timeout = SHORT if any(fault.what in ("silence", "mute") for fault in coming) else LONG
    begun = command.Command(_through, case, place, folder, timeout)
    if first:
        pid = begun.pid if case.victim == "command" else place.pid
        place.line.arm(replace(fault, pid=pid if fault.what == "kill" else 0) for fault in case.faults)
    ended = begun.go(place.revive)
    if first and case.victim == "gateway":
        _revived(place, pid)
    result.ends.append(ended.said if ended.how == "refused" else ended.how)
    if first:
        result.passed = Plan(**place.line.state())
    if ended.how == "killed":
        _a_day_passes(folder)
    if ended.how not in ("ok", "refused", "killed"):
        result.wrong.append(f"{ended.how}: {ended.said}")
    looked = command.run(_look, case.scenario, place, folder, ended.how == "ok")
    result.wrong += looked.value if looked.how == "ok" else [f"could not be looked at: {looked.said}"]
    return ended.how == "ok"


def _revived(place: Place, pid: int) -> None:
    """A kill may come a moment after the command's end."""
    for _ in range(100 if place.line.state()["hits"] else 0):
        place.revive()
        if place.pid != pid:
            break
        time.sleep(0.02)


def _a_day_passes(folder: Path) -> None:
    """What a killed copy left is swept by the next one, if it is old enough."""
    for path in folder.glob(".ferry-*"):
        if TEMPORARY.fullmatch(path.name):
            os.utime(path, (time.time() - 2 * DAY, time.time() - 2 * DAY))


def _prepare(scenario: Scenario, place: Place, folder: Path) -> None:
    scenario.prepare(place.direct(), folder)


def _through(case: Case, place: Place, folder: Path, timeout: float) -> None:
    case.scenario.run(place.through(timeout), folder)


def _look(scenario: Scenario, place: Place, folder: Path, ended: bool) -> list[str]:
    return scenario.wrong(place.direct(), folder, ended)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=_worker.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _place(kind: str) -> Iterator[Place]:
    place = _worker.place(kind)
    try:
        yield place
    finally:
        place.close()
