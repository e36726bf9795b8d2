"""The ten steps of the README on this machine."""

import subprocess

import pytest

from tests.integration import ten_steps
from tests.integration.cli.conftest import Desk, desk

__all__ = ["desk"]


@pytest.mark.timeout(900)
def test_the_ten_steps_go_on_this_machine_as_written(desk: Desk) -> None:
    ten_steps.prepare(desk.folder)
    lines = ["set -euo pipefail", "ferry init", *ten_steps.steps(cluster=False)]
    try:
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            cwd=desk.folder, env=desk.environment, text=True, capture_output=True, timeout=800,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        ten_steps.check(desk.folder, done.stdout, desk.ferry)
    finally:
        desk.ferry("serve", "--stop")
