"""A training script that knows nothing of ferry, through {data} and {output} alone."""

import signal
from pathlib import Path

import pytest
from PIL import Image

from tests.integration.local.conftest import FIXTURES, Desk, until
from trainferry.data.push import push
from trainferry.local import processes
from trainferry.local.folder import RunFolder
from trainferry.runs import reader
from trainferry.spec.runspec import DataMount

COMMAND = ("python3", "train.py", "--data_root", "{data}", "--log_dir", "{output}", "--checkpoint-bytes", "4096")


@pytest.fixture
def mount(desk: Desk, tmp_path: Path) -> DataMount:
    """Class folders of PNGs, pushed."""
    for kind in ("cat", "dog"):
        (tmp_path / "pets" / kind).mkdir(parents=True)
        for number in range(3):
            Image.new("L", (28, 28), number).save(tmp_path / "pets" / kind / f"{number}.png")
    pushed = push(desk.store, tmp_path / "pets", "pets")
    return DataMount("pets", "pets", pushed.version)


@pytest.fixture
def code() -> dict[str, str]:
    return {"train.py": (FIXTURES / "stranger" / "train_numpyless.py").read_text()}


def test_a_stranger_trains_is_interrupted_and_finds_its_checkpoint(
    desk: Desk, mount: DataMount, code: dict[str, str]
) -> None:
    spec = desk.spec(*COMMAND, "--steps", "120", "--step-seconds", "0.1", code=code, data=(mount,))
    desk.submit(spec)
    until("events while it runs", lambda: any("tfevents" in path for path in desk.manifest(spec).files))
    until("a checkpoint while it runs", lambda: "last.ckpt" in desk.manifest(spec).files)
    assert desk.status(spec).phase == "Running"
    (launcher,) = RunFolder(desk.engine.home, spec.full_name).family("launcher")
    processes.send(launcher, signal.SIGTERM)
    assert desk.outcome(spec).succeeded
    first, second = (b"".join(reader.log(desk.store, spec.full_name, n)) for n in (1, 2))
    assert first.startswith(b"6 images in 2 classes\nstep 1 ")
    assert b"resuming from step" in second
    assert second.endswith(b"done\n")
    assert sum("tfevents" in path for path in desk.manifest(spec).files) == 2


def test_a_second_run_uses_the_data_that_the_first_unpacked(desk: Desk, mount: DataMount) -> None:
    words = ("sh", "-c", "stat -c %i {data}/cat/1.png; cat {data.pets}/dog/2.png | wc -c; touch {data}/mine")
    first, second = (desk.spec(*words, name=name, data=(mount,)) for name in ("first", "second"))
    assert desk.run(first).succeeded
    assert desk.run(second).succeeded
    assert desk.log(first) == desk.log(second)


def test_data_that_was_damaged_on_this_machine_is_fetched_again(desk: Desk, mount: DataMount) -> None:
    words = ("sh", "-c", "wc -c < {data}/cat/1.png")
    first, second = (desk.spec(*words, name=name, data=(mount,)) for name in ("first", "second"))
    assert desk.run(first).succeeded
    (path,) = (desk.engine.home / "data").glob("*/pets/cat/1.png")
    path.unlink()
    assert desk.run(second).succeeded
    assert desk.log(first) == desk.log(second)
    assert path.exists()
