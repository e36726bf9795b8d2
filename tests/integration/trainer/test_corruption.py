"""Checkpoints whose bytes are not those that were written: each is noticed and named, and the one before is used."""

import dataclasses
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.trainer.test_process import flat
from tests.unit.trainer.pictures import data_set
from trainer.checkpoint import Checkpoints, State
from trainer.config import Config
from trainer.training import Training

STEPS = (8, 12, 16)
SHARE = {"last.pt": 3, "last.json": 1}  # how often each is hit


def trained(folder: Path, seed: int, steps: tuple[int, ...]) -> dict[int, State]:
    """The states that a real training saved at these steps; the first is also the best."""
    config = Config("", folder, model="small", epochs=4, batch_size=32, seed=seed)
    training, checkpoints, states = Training(config, data_set()), Checkpoints(folder / "checkpoints", keep=3), {}
    while training.progress.step < steps[-1]:
        training.step()
        if (step := training.progress.step) in steps:
            states[step] = flat(training.state_dict())
            for save in [checkpoints.save_best] * (step == steps[0]) + [lambda *what: checkpoints.save("last", *what)]:
                save(training.state_dict(), {"step": step, "accuracy": 0.5, "best_step": steps[0]})
    return states


@dataclasses.dataclass(frozen=True)
class Shelf:
    """Whole checkpoints of two trainings, and every state of the first."""

    folder: Path
    other: Path
    states: dict[int, State]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two seeds; the second one is saved at other steps too."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    states = trained(one, 0, STEPS)
    trained(two, 1, (12, 16, 20))
    return Shelf(one / "checkpoints", two / "checkpoints", states)


def flipped(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """Change one bit, or some in a row."""
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    for place in range(at, min(at + chance.choice((1, 1, 16)), len(content))):
        content[place] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def zeroed(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """A block that never came to the disk."""
    content = path.read_bytes()
    at = chance.randrange(len(content))
    lost = content[at : at + 4096]
    path.write_bytes(content[:at] + bytes(byte ^ 255 if not any(lost) else 0 for byte in lost) + content[at + 4096 :])


def truncated(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """The end is missing."""
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])


def lengthened(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """More follows."""
    path.write_bytes(path.read_bytes() + chance.randbytes(chance.randint(1, 5000)))


def deleted(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """Gone."""
    path.unlink()


def swapped(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """It and another checkpoint's changed places."""
    other = path.with_stem(chance.choice(("step-12", "step-8", "best")))
    path.rename(path.with_name("x"))
    other.rename(path)
    path.with_name("x").rename(other)


def strange(path: Path, chance: random.Random, shelf: Shelf) -> None:
    """Another training's."""
    stem = chance.choice(("step-12", "step-16", "last", "best"))
    shutil.copyfile(shelf.other / f"{stem}{path.suffix}", path)


DAMAGES: tuple[Callable[[Path, random.Random, Shelf], None], ...]
DAMAGES = (flipped, flipped, zeroed, truncated, truncated, lengthened, deleted, swapped, strange)


def damaged(shelf: Shelf, folder: Path, chance: random.Random) -> tuple[str, int]:
    """Damage the last checkpoint of a copy; what was done, and the step of the state that is found then."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shelf.folder, folder)
    damage, (name,) = chance.choice(DAMAGES), chance.choices(list(SHARE), list(SHARE.values()))
    damage(folder / name, chance, shelf)
    checkpoints, what = Checkpoints(folder), f"{damage.__name__} {name}"
    found = checkpoints.newest()
    assert found is not None, what
    step = found["progress"]["step"]
    assert flat(found) == shelf.states[step], what
    assert any("last." in line for line in checkpoints.said), what
    return what, step


def corrupt(shelf: Shelf, folder: Path, seed: int, count: int) -> Counter[tuple[str, int]]:
    """So many damages of chance; how often each ended where."""
    chance = random.Random(seed)
    return Counter(damaged(shelf, folder, chance) for _ in range(count))


def check(ends: Counter[tuple[str, int]]) -> None:
    """The newest whole state is found: the one before, or the last itself where it is elsewhere or its JSON is hit.

    With the JSON of another training beside it the last itself is not trusted.
    """
    for what, step in ends:
        whole = what.endswith(".json") or what == "swapped last.pt"
        assert step in ((12, 16) if what == "strange last.json" else (16,) if whole else (12,)), ends


def test_every_damage_is_noticed_and_the_newest_whole_state_is_used(shelf: Shelf, tmp_path: Path) -> None:
    ends = corrupt(shelf, tmp_path / "copy", 1, 150)
    check(ends)
    assert len(ends) >= 14


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_thousand_damages(shelf: Shelf, tmp_path: Path) -> None:
    check(corrupt(shelf, tmp_path / "copy", 2, 1000))


@pytest.mark.parametrize("name", ["last", "step-12", "step-8"])
def test_one_damaged_checkpoint_after_the_other_is_passed_over(shelf: Shelf, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(shelf.folder, folder)
    hit = ["last", "step-12", "step-8"]
    hit = hit[: hit.index(name) + 1]
    for each in hit:
        flipped(folder / f"{each}.pt", random.Random(each), shelf)
    checkpoints = Checkpoints(folder)
    found = checkpoints.newest()
    assert found is not None
    assert found["progress"]["step"] == {"last": 12, "step-12": 8, "step-8": 8}[name]
    assert [line.partition(".pt is damaged")[0] for line in checkpoints.said] == hit
