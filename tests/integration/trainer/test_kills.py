"""Killed at any line of its code, as often as one likes, a training ends in the bits of one that nobody disturbed."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from tests.integration.trainer.killing import STAGES, Blow, Start, start
from tests.integration.trainer.test_process import same_results
from tests.unit.trainer.pictures import idx, images
from trainer.history import event_files

KILL, TERM = signal.SIGKILL, signal.SIGTERM
INTERVAL = 24  # more than the 20 steps between two points in TensorBoard, less than an epoch
FLAGS = ("--epochs", "2", "--batch-size", "8", "--save-every", str(INTERVAL), "--threads", "1", "--device", "cpu")


class Arena:
    """A data set, and what a run over it gives that nobody disturbs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = idx(folder / "data", {"train": images(400), "t10k": images(40, 1)})
        self.whole = folder / "whole"
        whole, again = self.start(self.whole), self.start(folder / "again", Blow(TERM, "step", 200))
        assert (whole.code, again.code) == (0, 75), whole.out + again.out
        self.lines = whole.lines
        self.lines["restore"] = self.start(folder / "again").lines["restore"]

    def start(self, output: Path, blow: Blow | None = None) -> Start:
        """One start that writes to output."""
        return start(["--data", str(self.data), "--output", str(output), *FLAGS], self.folder, blow)

    def blows(self, chance: random.Random, count: int) -> Iterator[Blow]:
        """Half of them in a stage at a line of chance, the stages in turn, the others at any time."""
        stages = [*STAGES, *[""] * (len(STAGES) // 2)]
        for place in range(count):
            stage = stages[place % len(stages)]
            number = chance.randint(1, self.lines[stage] if stage else 1200)
            yield Blow(chance.choice((KILL, TERM)), stage, number)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    """90 steps in 2 epochs, a save every 24 steps and at the end of every epoch."""
    return Arena(tmp_path_factory.mktemp("kills"))


def shown(output: Path) -> dict[str, list[tuple[int, Any]]]:
    """Every point of every curve and every picture that TensorBoard shows, but those that are times."""
    everything = {"scalars": 0, "images": 0, "tensors": 0}
    events = EventAccumulator(str(output), size_guidance=everything).Reload()
    found = {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    for tag in events.Tags()["images"]:
        found[tag] = [(event.step, event.encoded_image_string) for event in events.Images(tag)]
    for tag, points in found.items():
        assert len(dict(points)) == len(points), f"{tag}: {[step for step, _ in points]}"
    return {tag: points for tag, points in found.items() if not tag.startswith("seconds")}


def table_of_runs(output: Path) -> list[tuple[str, int]]:
    """What the event files tell TensorBoard's table of runs, whatever it makes of it."""
    events = [event for path in event_files(output) for event in EventFileLoader(str(path)).Load()]
    told = [(value.tag, event.step) for event in events for value in event.summary.value]
    return sorted(point for point in told if point[0].startswith("_hparams_/"))


def dealt(arena: Arena, output: Path, blows: list[Blow]) -> int:
    """Deal the blows to one training, a start each, let it end, and compare; how many starts were ended."""
    ended = 0
    before: Start | None = None
    for blow in [*blows, None]:
        now = arena.start(output, blow)
        story = f"{before}\n{blow}\n{now}"
        if blow and now.code:
            ended += 1
            asked = (75,) if now.out else (75, -TERM)  # before it listens a signal just ends it
            assert now.code in ((-KILL,) if blow.signal == KILL else asked), story
        if before and not now.early:
            check_loss(before, now, story)
        before = before if now.early else now
    assert now.code == 0, story
    same_results(arena.whole, output)
    assert shown(output) == shown(arena.whole)
    assert table_of_runs(output) == table_of_runs(arena.whole)
    return ended


def check_loss(then: Start, now: Start, story: str) -> None:
    """SIGTERM loses nothing, SIGKILL what was not saved: the steps since the newest save that was on the disk."""
    assert "damaged" not in now.out, story
    if then.code in (0, 75):
        assert now.resumed == max(then.reached, then.resumed), story
    assert now.resumed >= max(then.saved, then.resumed), story
    assert max(then.begun, then.resumed) - now.resumed <= INTERVAL, story


def run_matrix(arena: Arena, folder: Path, seed: int, runs: int, each: int) -> int:
    """So many trainings with so many blows each; how many starts were ended by one."""
    chance = random.Random(seed)
    blows = list(arena.blows(chance, runs * each))
    chance.shuffle(blows)
    return sum(dealt(arena, folder / str(run), blows[run * each : (run + 1) * each]) for run in range(runs))


@pytest.mark.parametrize("stage", STAGES)
def test_starts_that_are_ended_in_a_stage_are_made_up_for(arena: Arena, tmp_path: Path, stage: str) -> None:
    chance, lines = random.Random(stage), arena.lines[stage]
    first = [Blow(TERM, "step", 200)] if stage == "restore" else []
    blows = [Blow(KILL, stage, chance.randint(1, lines // 2)), Blow(TERM, stage, chance.randint(1, lines // 4))]
    assert dealt(arena, tmp_path / "out", [*first, *blows]) > len(first)  # the last one may find all done


def test_a_damaged_checkpoint_is_named_and_made_up_for_too(arena: Arena, tmp_path: Path) -> None:
    output = tmp_path / "out"
    stopped = arena.start(output, Blow(TERM, "step", arena.lines["step"] * 2 // 3))
    assert stopped.code == 75
    path = output / "checkpoints" / "last.pt"
    path.write_bytes(path.read_bytes()[:-1000])
    again = arena.start(output)
    assert "\ncheckpoints: last.pt is damaged" in again.out
    assert 0 < again.resumed < stopped.reached
    same_results(arena.whole, output)
    assert shown(output) == shown(arena.whole)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_random_kills(arena: Arena, tmp_path: Path) -> None:
    assert run_matrix(arena, tmp_path, seed=5, runs=80, each=4) >= 200
