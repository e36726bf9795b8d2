"""The strangers' scripts of the end-to-end tests do what they are there for, also without ferry."""

import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.unit.trainer.pictures import class_folders, images

STRANGER = Path(__file__).parents[2] / "e2e" / "fixtures" / "stranger"


def starts(script: str, data: Path, logs: Path, *each: tuple[str, str]) -> list[str]:
    """What the script prints in each of several starts that differ in one flag."""
    command = [sys.executable, str(STRANGER / script), "--data_root", str(data), "--log_dir", str(logs)]
    flags = [[*command, *more, *(["--step-seconds", "0"] if "numpyless" in script else [])] for more in each]
    return [subprocess.run(line, check=True, capture_output=True, text=True, timeout=120).stdout for line in flags]


@pytest.mark.parametrize(
    ("script", "flag", "steps"), [("train.py", "--epochs", 2), ("train_numpyless.py", "--steps", 1)]
)
def test_it_resumes_and_tensorboard_reads_its_events(tmp_path: Path, script: str, flag: str, steps: int) -> None:
    data = class_folders(tmp_path / "data", {"": images(40)})
    first, second = starts(script, data, tmp_path / "logs", (flag, "1"), (flag, "3"))
    assert first.startswith("40 images in 4 classes\n")
    assert f"\nresuming from step {steps}\n" in second
    events = EventAccumulator(str(tmp_path / "logs")).Reload()
    assert [event.step for event in events.Scalars("loss")] == list(range(1, 3 * steps + 1))
