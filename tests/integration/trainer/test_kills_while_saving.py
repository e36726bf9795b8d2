"""kill -9 while a checkpoint is being written: a whole one is always found, and it is the newest."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.integration.clean import CLEAN
from trainer.checkpoint import BEST, LAST, Checkpoints, State

NUMBERS = 500_000  # of a state: 2 MB, and as much again as safetensors


def state(step: int) -> State:
    """What a training of so many steps saves; every number in it says the step."""
    model = {"w": torch.full((NUMBERS,), float(step))}
    return {"model": model, "progress": {"step": step}, "classes": ["a"], "shape": [1, 8, 8]}


def save_for_ever(folder: Path, first: int, done: Any) -> None:
    """Save step after step, now and then as the best too; done[0] has begun, done[1] is finished."""
    torch.set_num_threads(1)
    checkpoints = Checkpoints(folder, keep=3)
    checkpoints.newest()
    for step in range(first, first + 10_000):
        done[0] = step
        about = {"step": step, "accuracy": step / 1e6, "best_step": step}
        if step % 3 == 0:
            checkpoints.save_best(state(step), about)
        checkpoints.save(LAST, state(step), about)
        done[1] = step


def killed(folder: Path, first: int, seconds: float) -> tuple[int, int]:
    """Begun and finished steps of a process that is killed so long after it began to save; 0 for none."""
    done = CLEAN.RawArray("i", 2)
    process = CLEAN.Process(target=save_for_ever, args=(folder, first, done))
    process.start()
    while not done[0] and process.is_alive():
        time.sleep(0.001)
    time.sleep(seconds)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return done[0], done[1]


def found(folder: Path) -> int:
    """The step that the next start goes on from, every number of it right."""
    checkpoints = Checkpoints(folder)
    newest = checkpoints.newest()
    assert not any("damaged" in line for line in checkpoints.said), checkpoints.said
    if newest is None:
        return 0
    step = newest["progress"]["step"]
    assert torch.equal(newest["model"]["w"], torch.full((NUMBERS,), float(step)))
    return int(step)


def kill_often(folder: Path, seed: int, times: int) -> int:
    """Kill so often at moments of chance; how many of the kills cut a save off."""
    chance, begun, step, cut_off = random.Random(seed), 0, 0, 0
    for _ in range(times):
        before = step
        begun, finished = killed(folder, begun + 1, chance.random() * 0.03)
        step = found(folder)
        assert max(finished, before) <= step <= begun
        cut_off += begun > finished
    names = {path.name for path in folder.iterdir() if path.suffix != ".tmp"}
    assert len(names) <= 2 * 5 + 3, names  # last, three numbered (one more than kept, cut off), best
    assert (folder / f"{BEST}.safetensors").exists()
    return cut_off


def test_a_whole_checkpoint_is_found_after_every_kill(tmp_path: Path) -> None:
    assert kill_often(tmp_path, 3, 50) > 25


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_five_hundred_kills(tmp_path: Path) -> None:
    assert kill_often(tmp_path, 4, 500) > 250
