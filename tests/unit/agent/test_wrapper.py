import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainferry.agent import launcher, wrapper_zip
from trainferry.agent.wrapper import cgroup, gpus
from trainferry.agent.wrapper.control import Control
from trainferry.agent.wrapper.permissions import open_to
from trainferry.agent.wrapper.verdict import End, decide

LIMIT = "64Mi"
# how it ended -> exit code, who decided, what people read
TABLE: dict[End, tuple[int, str, str]] = {
    End(0): (0, "command", ""),
    End(0, terminated=True): (0, "command", ""),
    End(0, oom_kills=1, limit=LIMIT): (0, "command", ""),
    End(1): (1, "command", "exit code 1"),
    End(1, oom_kills=1, limit=LIMIT): (
        1, "command", "exit code 1, a process of it was killed: out of memory (limit 64Mi)",
    ),
    End(64): (64, "command", "exit code 64"),
    End(65): (65, "command", "exit code 65"),
    End(66): (66, "command", "exit code 66"),
    End(74): (1, "command", "exit code 74, which is 1 here: 74 is ferry's own"),
    End(75): (75, "command", "exit code 75"),
    End(78): (78, "command", "exit code 78"),
    End(137, 9): (75, "wrapper", "killed from outside (SIGKILL, no lack of memory)"),
    End(137): (75, "wrapper", "killed from outside (SIGKILL, no lack of memory)"),
    End(137, 9, oom_kills=1, limit=LIMIT): (137, "wrapper", "killed: out of memory (limit 64Mi)"),
    End(137, 9, oom_kills=1): (137, "wrapper", "killed: out of memory (limit of the node)"),
    End(139, 11): (139, "command", "killed by SIGSEGV"),
    End(143, 15, terminated=True): (75, "wrapper", "stopped from outside (SIGTERM), killed by SIGTERM"),
    End(65, terminated=True): (75, "wrapper", "stopped from outside (SIGTERM), exit code 65"),
    End(143, 15, fenced=True): (75, "wrapper", "a newer attempt of this run has taken over"),
    End(None): (75, "wrapper", "stopped from outside before the command began"),
}  # fmt: skip


def test_every_end_of_a_command_has_one_meaning() -> None:
    found = {end: tuple(decide(end)[key] for key in ("exit", "by", "reason")) for end in TABLE}
    assert found == TABLE


def test_the_zipapp_is_the_same_for_the_same_sources(tmp_path: Path) -> None:
    wrapper_zip.build(tmp_path / "a.pyz")
    wrapper_zip.build(tmp_path / "b.pyz")
    assert (tmp_path / "a.pyz").read_bytes() == (tmp_path / "b.pyz").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.pyz", "b.pyz"]


@pytest.mark.parametrize("bare", [False, True])
def test_the_launcher_is_a_posix_script(bare: bool) -> None:
    assert subprocess.run(["sh", "-n", "-c", launcher(bare)], capture_output=True).stderr == b""
    assert "kill -1" not in launcher(bare)


def test_memory_is_named_as_kubernetes_does() -> None:
    assert [cgroup.quantity(n) for n in (64 << 20, 3 << 30, 1536 << 20, 5)] == ["64Mi", "3Gi", "1536Mi", "5"]


def test_a_gpu_that_is_asked_for_and_not_there_is_named() -> None:
    assert gpus.trouble(0, {}) == ""
    assert gpus.trouble(1, {"FERRY_GPU_CHECK": "off"}) == ""
    assert gpus.trouble(99, os.environ) in (
        "no NVIDIA driver in the container (libcuda.so.1)",
        "no GPU answers (CUDA error 100)",
    )


def test_control_files_are_whole_and_readable_for_other_users(tmp_path: Path) -> None:
    control = Control(str(tmp_path))
    before = os.umask(0o077)
    control.put_json("done", {"reason": "caf\u00e9"})
    os.umask(before)
    assert (control.load("done"), control.load("nothing")) == ({"reason": "caf\u00e9"}, {})
    assert (tmp_path / "done").stat().st_mode & 0o777 == 0o644
    control.put("done", "half {")
    assert control.load("done") == {}


def test_an_old_python_is_told_so() -> None:
    words = [sys.executable, "-c", "import sys; sys.version_info = (3, 6); exec(sys.stdin.read())"]
    told = subprocess.run(words, input=wrapper_zip.MAIN, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (
        64,
        "[ferry] python3 of this image is 3.6, 3.8 is needed: use a newer image, or  ferry run --bare\n",
    )


def test_what_the_command_wrote_for_itself_alone_is_opened_to_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "output" / "deep").mkdir(parents=True, mode=0o700)
    for path in ("ready", "output/deep/model.pt"):
        (tmp_path / path).touch(0o600)
    open_to(str(tmp_path / "ready"), str(tmp_path / "output"))
    assert (tmp_path / "output/deep/model.pt").stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    open_to(str(tmp_path / "ready"), str(tmp_path / "output"))
    modes = [(tmp_path / path).stat().st_mode & 0o777 for path in ("output/deep", "output/deep/model.pt")]
    assert [mode & 0o070 for mode in modes] == [0o050, 0o040]
