"""A disk that takes no checkpoint: the run ends loudly, the checkpoint before is whole, and the next start goes on."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.trainer.killing import start
from tests.integration.trainer.test_process import ROOT, same_results
from tests.unit.trainer.pictures import idx, images

FLAGS = ("--epochs", "3", "--batch-size", "32", "--save-every", "4", "--threads", "1", "--device", "cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything is, a training that met no fault too."""
    return tmp_path_factory.mktemp("disks")


@pytest.fixture(scope="module")
def stories(folder: Path) -> dict[str, Any]:
    """What faulty_disk.py tells."""
    data = str(idx(folder / "data", {"train": images(400), "t10k": images(40, 1)}))
    assert start(["--data", data, *FLAGS, "--output", str(folder / "whole")], folder).code == 0
    module = ["-m", "tests.integration.trainer.faulty_disk", str(folder), "--data", data, *FLAGS]
    told = subprocess.check_output(["unshare", "-rm", sys.executable, *module], cwd=ROOT, text=True, timeout=300)
    stories: dict[str, Any] = json.loads(told)
    return stories


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO", "EROFS"])
def test_it_is_loud_and_what_was_saved_before_is_whole(stories: dict[str, Any], folder: Path, fault: str) -> None:
    story = stories[fault]
    reason = os.strerror(getattr(errno, fault))
    path = folder / fault / "checkpoints"
    lines = [
        f"trainer: cannot save {path}/{name}.pt: {reason}; what was saved before stays\n" for name in ("last", "best")
    ]
    assert story["met"]["code"] == 74
    assert story["met"]["err"] in lines
    assert story["left"]["step"] >= 4
    assert story["left"]["said"] == []
    assert not [name for name in story["names"] if name.endswith(".tmp") and fault != "EROFS"]


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO", "EROFS"])
def test_on_a_good_disk_the_next_start_ends_in_the_same_bits(stories: dict[str, Any], folder: Path, fault: str) -> None:
    assert stories[fault]["then"] == {"code": 0, "err": ""}
    same_results(folder / "whole", folder / fault)
