"""Two and four ranks train as one does, and leave together."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.integration.trainer.test_process import FLAGS, ROOT, flat, rows, same_results, state
from tests.unit.trainer.pictures import class_folders, images
from trainer.distributed import from_environment
from trainer.errors import BadFlags

SCRIPT = Path(__file__).parent / "steps_of_a_rank.py"


def ranks(world: int, *words: str) -> "list[subprocess.Popen[str]]":
    """So many processes of one python command line, each told who it is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {**os.environ, "WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world), "PYTHONPATH": str(ROOT)}
    return [
        subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**common, "RANK": str(n), "LOCAL_RANK": str(n), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(world)
    ]


def ended(processes: "list[subprocess.Popen[str]]") -> tuple[list[int], list[str], str]:
    """Exit codes, what each printed, and all that was said on stderr."""
    said = [process.communicate(timeout=180) for process in processes]
    return [process.returncode for process in processes], [out for out, _ in said], "".join(err for _, err in said)


def steps(world: int, folder: Path) -> list[dict[str, Any]]:
    """What each of so many ranks kept of a few steps."""
    folder.mkdir()
    codes, _, errors = ended(ranks(world, str(SCRIPT), str(folder)))
    assert codes == [0] * world, errors
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(world)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same steps with one rank."""
    return steps(1, tmp_path_factory.mktemp("alone") / "one")[0]


@pytest.mark.parametrize("world", [2, 4])
def test_ranks_see_the_images_of_one_rank_in_its_order_learn_the_same_and_evaluate_to_the_bit(
    alone: dict[str, Any], tmp_path: Path, world: int
) -> None:
    found = steps(world, tmp_path / "out")
    parts = [rank["seen"] for rank in found]
    assert [list(itertools.chain(*shares)) for shares in zip(*parts, strict=True)] == alone["seen"]
    for rank in found:
        assert flat(rank["model"]) == flat(found[0]["model"])
        assert torch.equal(rank["shared"], found[0]["alone"])
    for name, weights in alone["model"].items():
        torch.testing.assert_close(found[0]["model"][name], weights, rtol=1e-3, atol=1e-5)
    assert found[0]["loss"] == pytest.approx(alone["loss"], rel=1e-5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 training and 40 test images in class folders: 11 steps an epoch."""
    return class_folders(tmp_path_factory.mktemp("data"), {"train": images(400), "test": images(40, 1)})


def trained(world: int, data: Path, output: Path, *flags: str) -> "list[subprocess.Popen[str]]":
    """So many ranks of the trainer, one CPU thread each."""
    return ranks(world, "-m", "trainer", "--data", str(data), "--output", str(output), *FLAGS, "--threads", "1", *flags)


def killed(world: int, data: Path, output: Path, rank: int, number: signal.Signals) -> tuple[list[int], list[str]]:
    """Exit codes and outputs of ranks of which one got a signal in the second epoch."""
    processes = trained(world, data, output)
    first = processes[0].stdout
    assert first is not None
    seen = ""
    while not seen.endswith("\n") or not re.search(r"^epoch 1/", seen, re.MULTILINE):
        seen += first.readline()
    processes[rank].send_signal(number)
    codes, said, _ = ended(processes)
    return codes, [seen + said[0], *said[1:]]


def goes_on_to_the_same_bits(world: int, rank: int, data: Path, folder: Path) -> None:
    """Fail unless ranks of which one got SIGTERM save, leave with 75, and end as ranks that nobody disturbed."""
    codes, _, errors = ended(trained(world, data, folder / "whole"))
    assert codes == [0] * world, errors
    codes, said = killed(world, data, folder / "parted", rank, signal.SIGTERM)
    assert codes == [75] * world
    step = state(folder / "parted")["progress"]["step"]
    assert f"saved at step {step} of 66\nstopped as asked; start again to go on\n" in said[0]
    codes, said, errors = ended(trained(world, data, folder / "parted"))
    assert codes == [0] * world, errors
    assert f"resumed at step {step} of 66\n" in said[0]
    assert said[1:] == [""] * (world - 1)
    same_results(folder / "whole", folder / "parted")
    assert [row["step"] for row in rows(folder / "parted")] == [11, 22, 33, 44, 55, 66]


def test_sigterm_to_one_rank_saves_and_ends_all_with_75_and_they_go_on_to_the_same_bits(
    data: Path, tmp_path: Path
) -> None:
    goes_on_to_the_same_bits(2, 1, data, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(("world", "rank"), [(2, 0), (3, 1), (4, 0), (4, 2), (4, 3)])
def test_the_same_with_more_ranks_whichever_is_asked(data: Path, tmp_path: Path, world: int, rank: int) -> None:
    goes_on_to_the_same_bits(world, rank, data, tmp_path)


def test_a_rank_that_is_killed_makes_the_other_leave_with_75(data: Path, tmp_path: Path) -> None:
    codes, said = killed(2, data, tmp_path, 1, signal.SIGKILL)
    assert codes == [75, -9]
    assert said[0].splitlines()[-1].startswith("another rank is gone (")


def test_ranks_that_wait_for_another_can_be_asked_to_leave(data: Path, tmp_path: Path) -> None:
    (process, absent) = trained(2, data, tmp_path)
    absent.kill()
    ended([absent])
    process.send_signal(signal.SIGTERM)
    codes, _, _ = ended([process])
    assert codes[0] in (75, -signal.SIGTERM)  # the latter before the trainer could listen


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE=two is not a whole number"),
        ({"WORLD_SIZE": "2", "RANK": "0"}, "WORLD_SIZE=2 needs MASTER_ADDR, MASTER_PORT as well"),
        (
            {"WORLD_SIZE": "2", "RANK": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1"},
            "RANK=2 does not fit to WORLD_SIZE=2",
        ),
    ],
)
def test_an_environment_that_cannot_be_is_named(variables: dict[str, str], said: str) -> None:
    with pytest.raises(BadFlags, match=f"^{said}"):
        from_environment(variables)
