"""Starts of the real trainer in processes that end where a test wants, to the line of code."""

import dataclasses
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tests.integration.clean import CLEAN

TRAINER = Path(__file__).parents[3] / "trainer"
# a stage is on when a line of one of these functions runs; file -> functions, () for all of it
STAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "step": {"training.py": ("step",)},
    "copy": {"saving.py": ("save", "copied")},
    "write": {"checkpoint.py": ("_write", "_stage"), "files.py": ("staged", "write", "__call__")},
    "rename": {"checkpoint.py": ("_retire", "_finish"), "files.py": ("replace_whole",)},
    "prune": {"checkpoint.py": ("_prune",)},
    "evaluate": {"evaluate.py": ("evaluate",), "__main__.py": ("validate",), "showing.py": ("evaluated",)},
    "metrics": {"metrics.py": (), "showing.py": ("_pictures",), "history.py": ()},
    "restore": {"reading.py": (), "resume.py": (), "checkpoint.py": ("recover", "_is_here")},
    "test": {"__main__.py": ("test",), "evaluate.py": ("write_predictions",), "showing.py": ("tested",)},
}


@dataclasses.dataclass(frozen=True)
class Blow:
    """A signal before the line number `number` that runs in a stage; without a stage after that many milliseconds."""

    signal: signal.Signals
    stage: str
    number: int


@dataclasses.dataclass(frozen=True)
class Start:
    """How one start ended: step reached, steps of the last save that was begun and that was finished."""

    code: int
    out: str
    reached: int
    begun: int
    saved: int
    lines: Counter[str]

    @property
    def early(self) -> bool:
        """Whether it ended before it went on from anywhere."""
        return "\nresumed at step " not in self.out and not self.reached

    @property
    def resumed(self) -> int:
        """The step from which it went on."""
        found = [line for line in self.out.splitlines() if line.startswith("resumed at step ")]
        return int(found[0].split()[3]) if found else 0


def start(argv: Sequence[str], scratch: Path, blow: Blow | None = None) -> Start:
    """Run the trainer with these flags until it ends by itself, or is ended."""
    numbers, lines = CLEAN.RawArray("i", 3), CLEAN.RawArray("i", len(STAGES))
    log = scratch / "log.txt"
    log.unlink(missing_ok=True)
    process = CLEAN.Process(target=_run, args=(list(argv), log, blow, numbers, lines))
    process.start()
    if blow and not blow.stage:
        process.join(blow.number / 1000)
        if process.pid and process.is_alive():
            os.kill(process.pid, blow.signal)
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
    counts = Counter(dict(zip(STAGES, lines, strict=True)))
    return Start(
        process.exitcode or 0, log.read_text() if log.exists() else "", numbers[0], numbers[1], numbers[2], counts
    )


def _run(argv: list[str], log: Path, blow: Blow | None, numbers: Any, lines: Any) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    watch = _Watch(blow, numbers, lines)
    threading.settrace(watch.call)
    sys.settrace(watch.call)
    from trainer.__main__ import main  # as late as in a process of its own

    code = main(argv)
    sys.stdout.flush()
    os._exit(code)


class _Watch:
    """A trace function: counts lines by stage, tells how far the training is, and deals the blow."""

    def __init__(self, blow: Blow | None, numbers: Any, lines: Any) -> None:
        self.blow, self.numbers, self.lines = blow, numbers, lines
        self.stages = list(STAGES)
        self.lock = threading.Lock()

    def call(self, frame: FrameType, event: str, argument: object) -> Any:
        """Python calls this for every call of a function."""
        code = frame.f_code
        path, _, file = code.co_filename.rpartition("/")
        if not path.endswith("/trainer"):
            return None
        here = [at for at, stage in enumerate(self.stages) if _is_in(STAGES[stage], file, code.co_name)]

        def local(frame: FrameType, event: str, argument: object) -> Any:
            if event == "line":
                for at in here:
                    self.count(at)
            elif event == "return":
                self.learn(file, code.co_name, frame)
            return local

        return local

    def count(self, at: int) -> None:
        """One more line of the stage at this place."""
        with self.lock:
            self.lines[at] += 1
            number = self.lines[at]
        if self.blow and self.blow.stage == self.stages[at] and self.blow.number == number:
            os.kill(os.getpid(), self.blow.signal)

    def learn(self, file: str, function: str, frame: FrameType) -> None:
        """What the variables of a function that returns say about the course of the training."""
        local = frame.f_locals
        if (file, function) == ("training.py", "step"):
            self.numbers[0] = local["self"].progress.step
        elif (file, function) == ("saving.py", "save"):
            self.numbers[1] = local["about"]["step"]
        elif (file, function) == ("checkpoint.py", "_finish") and local["name"] == "last":
            self.numbers[2] = local["new"].step


def _is_in(stage: dict[str, tuple[str, ...]], file: str, function: str) -> bool:
    return file in stage and (not stage[file] or function in stage[file])
