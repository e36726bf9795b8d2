"""`--keep 2`, and a kill between any two requests: never fewer than two whole checkpoints in the store."""

import itertools
import os
import random
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from trainferry.agent import unnamed
from trainferry.agent.attempts import Attempts
from trainferry.agent.config import for_run
from trainferry.agent.moved import Moved
from trainferry.agent.publish import Publisher
from trainferry.agent.wrapper.control import Control
from trainferry.runs import layout, manifest, reader
from trainferry.runs.manifest import OutputManifest, Verdict
from trainferry.spec.placeholders import Paths
from trainferry.spec.runspec import RunSpec
from trainferry.store import Store, open_store

STEPS = 7
CHANGES = ("put", "put_file", "compose", "delete")
POINTS = 66  # requests that change something, in a run without a kill


class Killed(Exception):
    """SIGKILL: this process asks nothing more."""


class Mortal:
    """A store whose user is killed before or after the request number `at`; `look` sees the store after each."""

    def __init__(self, store: Store, at: int, look: Callable[[], None]) -> None:
        self.store, self.url, self.at, self.look, self.count, self.dead = store, "mortal://", at, look, 0, False
        self.one_at_a_time = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return partial(self._ask, name) if name in CHANGES else getattr(self.store, name)

    def _ask(self, name: str, *words: Any, **more: Any) -> Any:
        with self.one_at_a_time:
            return self._do(name, *words, **more)

    def _do(self, name: str, *words: Any, **more: Any) -> Any:
        self.count += 1
        self.dead = self.dead or (self.count == self.at and self.at % 2 == 0)
        if self.dead:
            raise Killed
        answer = getattr(self.store, name)(*words, **more)
        self.look()
        self.dead = self.dead or self.count == self.at
        if self.dead:
            raise Killed
        return answer


def checkpoint(step: int) -> dict[str, bytes]:
    """In turn a folder of two files, and a file with what explains it."""
    if step % 2:
        return {f"checkpoints/step-{step}/{name}": f"{name} {step}".encode() for name in ("a.safetensors", "b.pt")}
    return {f"checkpoints/step-{step}.pt": b"%d" % step, f"checkpoints/step-{step}.json": b'{"step": %d}' % step}


class Run:
    """One run over its attempts, each with a disk of its own."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.spec = store, folder, RunSpec("base", ("true",), store.url, keep=2)
        self.most = 0
        self.numbers = itertools.count(1)

    def stored(self) -> OutputManifest:
        return manifest.load(self.store, self.spec.full_name)[0]

    def whole(self) -> list[int]:
        """The steps whose every file a reader gets."""
        files = self.stored().files

        def good(path: str, data: bytes) -> bool:
            return path in files and b"".join(reader.pieces(self.store, files[path])) == data

        return [
            step
            for step in range(1, STEPS + 1)
            if checkpoint(step).keys() <= files.keys() and all(good(*item) for item in checkpoint(step).items())
        ]

    def look(self) -> None:
        """What must hold at any moment."""
        count = len(self.whole())
        self.most = max(self.most, min(count, 2))
        assert count >= self.most

    def attempt(self, at: int) -> bool:
        """Train to the end, or to the kill. False when it was killed."""
        store = Mortal(self.store, at, self.look)
        try:
            self._train(store)
        except Killed:
            return False
        self.requests = store.count
        return not store.dead

    def _train(self, store: Any) -> None:
        root = self.folder / str(next(self.numbers))
        paths = Paths(*(str(root / name) for name in Paths.__dataclass_fields__))
        output = Path(paths.output)
        for place in (paths.control, paths.output):
            Path(place).mkdir(parents=True)
        attempts = Attempts(store, for_run(self.spec, paths, 20), root.name, "node")
        attempts.begin()
        self._restore(output, attempts.manifest)
        log = Path(paths.control, "log")
        publisher = Publisher(store, attempts, output, log, Moved(Control(paths.control)), every=0.0)
        for step in range(self._last(output) + 1, STEPS + 1):
            for path, data in {**checkpoint(step), "best.safetensors": b"best %d" % step}.items():
                write(output / path, data)
                tick(publisher, store)
        write(output / "best.safetensors", b"best %d" % STEPS)
        publisher.finish()
        attempts.settle(Verdict(0, 0, "command"))
        publisher.tidy(5.0)

    def _restore(self, output: Path, found: OutputManifest) -> None:
        for path, file in found.files.items():
            write(output / path, b"".join(reader.pieces(self.store, file)))
            os.utime(output / path, (file.mtime, file.mtime))

    def _last(self, output: Path) -> int:
        """The newest step that can be resumed from."""
        there = [step for step in range(1, STEPS + 1) if all((output / path).exists() for path in checkpoint(step))]
        return max(there, default=0)


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def tick(publisher: Publisher, store: Mortal) -> None:
    for _ in range(2):
        publisher._next_scan = 0.0
        publisher.tick()
        for future in list(publisher.sending.uploads.values()):
            future.exception(30)
        publisher.sending.pool.submit(lambda: None).result()
        if store.dead:
            raise Killed


def check_the_end(run: Run, killed: int = 0) -> None:
    """The newest two, and one more for each attempt whose last checkpoint might have been a half."""
    steps = range(STEPS - 1 - killed, STEPS + 1)
    files = {path: b"".join(reader.pieces(run.store, file)) for path, file in run.stored().files.items()}
    allowed = {path: data for step in steps for path, data in checkpoint(step).items()}
    kept = {path: data for step in steps[killed:] for path, data in checkpoint(step).items()}
    best = {"best.safetensors": b"best %d" % STEPS}
    assert (kept | best).items() <= files.items() <= (allowed | best).items()


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(unnamed, "LINGER", 0.0)
    return Run(open_store(url), tmp_path / "pods")


def test_the_newest_two_and_the_best_are_left_and_their_objects_only(run: Run) -> None:
    assert run.attempt(at=0)
    check_the_end(run)
    named = {name for file in run.stored().files.values() for name in file.objects}
    listed = {info.name for info in run.store.list(layout.output(run.spec.full_name, 1, ""))}
    assert listed | named == named


def survives(run: Run, at: int) -> int:
    """Kill the first attempt there, the second a few requests later; the third comes to the end."""
    killed = sum([not run.attempt(at), not run.attempt(at // 2 + 3), not run.attempt(0)])
    run.look()
    check_the_end(run, killed)
    shutil.rmtree(run.folder)
    return killed


@pytest.mark.parametrize("at", random.Random(4).sample(range(1, POINTS), 6))
def test_killed_at_a_request_two_whole_checkpoints_are_left(run: Run, at: int) -> None:
    assert survives(run, at)


@pytest.mark.soak
@pytest.mark.parametrize("at", range(1, POINTS))
def test_killed_at_any_request_two_whole_checkpoints_are_left(run: Run, at: int) -> None:
    assert survives(run, at)
