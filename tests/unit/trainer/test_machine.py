"""Threads by the container's limit, and a GPU only where there is one."""

from pathlib import Path

import pytest
import torch

from trainer import machine
from trainer.errors import BadFlags


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_the_cpu_limit_is_read_from_both_kinds_of_cgroups(tmp_path: Path, files: dict[str, str], limit: float) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert machine.cpu_limit(tmp_path) == limit


def test_half_a_cpu_is_one_thread_and_what_is_asked_for_wins(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000")
    assert (machine.threads(0, 1, tmp_path), machine.threads(7, 1, tmp_path)) == (1, 7)


def test_processes_on_one_machine_share_its_cpus(tmp_path: Path) -> None:
    alone = machine.threads(0, 1, tmp_path)
    assert [machine.threads(0, processes, tmp_path) for processes in (2, 100)] == [max(1, alone // 2), 1]


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert machine.device("auto").type == "cpu"
    with pytest.raises(BadFlags, match="torch sees no GPU here"):
        machine.device("cuda")
